/** The error that a promise must reject with. The types of Bun's `rejects` do not support `await`. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("Expected the promise to reject with an error");
}

/** The message of the error that a call must throw. */
export function messageOfThrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error("Expected the call to throw an error");
}
