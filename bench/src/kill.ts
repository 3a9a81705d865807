export async function kill(): Promise<Record<string, number>> {
  return {};
}
