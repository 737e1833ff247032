/** Guesses what a mistyped word was meant to be. */

/** `; did you mean --epochs?`, or what else to say when nothing is near. */
export function didYouMean(word: string, known: readonly string[], otherwise: string): string {
  const near = nearest(word, known);
  return near === undefined ? otherwise : `; did you mean ${near}?`;
}

/** The known word that the fewest typing errors turn into this one, unless they are too many. Python's spelling is none. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const inCamelCase = word.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (known.includes(inCamelCase)) return inCamelCase;
  const tolerated = Math.max(1, Math.floor(word.length / 3));
  const [best] = known
    .map((candidate) => ({ candidate, errors: typingErrors(word, candidate) }))
    .sort((a, b) => a.errors - b.errors);
  return best !== undefined && best.errors <= tolerated ? best.candidate : undefined;
}

/** Letters to insert, delete, replace, or swap with their neighbour: the optimal string alignment distance. */
function typingErrors(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + (same ? 0 : 1),
          swapped ? at(i - 2, j - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
