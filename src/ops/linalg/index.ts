/**
 * Linear algebra on matrices: factorisations, least squares, principal components. They work in float64 and give back
 * the type they were given. They are no ops: they have no derivative, and want numbers, so no compiled step holds them.
 */
export { type Eigen, eigh } from './eigh.ts';
export { type LeastSquares, lstsq } from './lstsq.ts';
export { type Pca, pca } from './pca.ts';
export { type Qr, qr } from './qr.ts';
export { type Svd, svd } from './svd.ts';
