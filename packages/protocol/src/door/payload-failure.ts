/** Why a payload cannot become a reading: a code to count by and one line with numbers. */
export interface PayloadFailure {
  readonly reason: string;
  readonly why: string;
}

export const unfit = (reason: string, why: string): PayloadFailure => ({ reason, why });
