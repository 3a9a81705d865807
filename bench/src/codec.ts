export async function codec(): Promise<Record<string, number>> {
  return {};
}
