/** Loops over float64 vectors, which the factorisations are written in. Each works from one element on, to another. */

export type Vector = Float64Array;

/** x · y. Four sums at once, so that no addition waits for the one before. */
export function dot(x: Vector, y: Vector, from = 0, to: number = x.length): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    a += (x[i] as number) * (y[i] as number);
    b += (x[i + 1] as number) * (y[i + 1] as number);
    c += (x[i + 2] as number) * (y[i + 2] as number);
    d += (x[i + 3] as number) * (y[i + 3] as number);
  }
  for (; i < to; i++) a += (x[i] as number) * (y[i] as number);
  return a + b + (c + d);
}

/** y += a x. Four elements a turn take two thirds of the time. */
export function addScaled(y: Vector, a: number, x: Vector, from = 0, to: number = x.length): void {
  let i = from;
  for (; i + 3 < to; i += 4) {
    y[i] = (y[i] as number) + a * (x[i] as number);
    y[i + 1] = (y[i + 1] as number) + a * (x[i + 1] as number);
    y[i + 2] = (y[i + 2] as number) + a * (x[i + 2] as number);
    y[i + 3] = (y[i + 3] as number) + a * (x[i + 3] as number);
  }
  for (; i < to; i++) y[i] = (y[i] as number) + a * (x[i] as number);
}

/** x, y = c x + s y, c y − s x: a turn of the plane they span, where c² + s² = 1. */
export function rotate(x: Vector, y: Vector, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const a = x[i] as number;
    const b = y[i] as number;
    x[i] = c * a + s * b;
    y[i] = c * b - s * a;
  }
}

/** Householder's reflection I − t v vᵀ. */
export interface Reflection {
  readonly v: Vector;
  readonly t: number;
  /** Where v begins; it is zero before. */
  readonly from: number;
}

/** Numbers this small beside ones of about 1 are nothing, and their squares soon vanish. */
const nothing = 1e-150;

/**
 * The reflection that takes a vector, from one element on, to (r, 0, …, 0). The vector itself becomes v. G. Golub and C.
 * Van Loan, "Matrix Computations", section 5.1.
 */
export function reflectionOf(v: Vector, from: number): Reflection & { readonly r: number } {
  const first = v[from] as number;
  const rest = Math.sqrt(dot(v, v, from + 1));
  if (rest < nothing) return { v, t: 0, from, r: first };
  const r = first < 0 ? Math.hypot(first, rest) : -Math.hypot(first, rest);
  v[from] = first - r;
  return { v, t: 1 / (r * (r - first)), from, r };
}

/** y = y − t v (v · y) */
export function reflect(y: Vector, { v, t, from }: Reflection): void {
  if (t !== 0) addScaled(y, -t * dot(v, y, from), v, from);
}
