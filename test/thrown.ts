/** What a call throws, as `ShapeError: sentence`, so that a test can quote an error whole. */
export function thrown(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
}
