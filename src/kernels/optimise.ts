/**
 * One step of each optimiser, in place: w are the weights, g their gradient, the rest is the optimiser's memory.
 * What changes from step to step (the rate, with its schedule and bias correction) is read from an array, so a
 * recorded call can be replayed.
 */
import type { Floats } from './arrays.ts';

/**
 * w −= rate · g; with momentum, velocity = momentum · velocity − rate · g and w += velocity (Nesterov:
 * w += momentum · velocity − rate · g). `velocity` is empty without momentum. As tf.keras.optimizers.SGD.
 */
export function sgd(
  w: Floats,
  g: Floats,
  velocity: Floats,
  rate: Floats,
  momentum: number,
  nesterov: boolean,
): void {
  const r = rate[0]!;
  for (let i = 0; i < w.length; i++) {
    if (momentum === 0) {
      w[i]! -= r * g[i]!;
    } else {
      const v = momentum * velocity[i]! - r * g[i]!;
      velocity[i] = v;
      w[i]! += nesterov ? momentum * v - r * g[i]! : v;
    }
  }
}

/**
 * s = rho · s + (1 − rho) · g²; step = rate · g / sqrt(s + epsilon), w −= step; with momentum
 * p = momentum · p + step, w −= p; centered takes the square of the mean gradient away from s.
 * `mean` is empty unless centered, `p` is empty without momentum. As TensorFlow's ApplyRMSProp.
 */
export function rmsprop(
  w: Floats,
  g: Floats,
  s: Floats,
  mean: Floats,
  p: Floats,
  rate: Floats,
  rho: number,
  momentum: number,
  epsilon: number,
): void {
  const r = rate[0]!;
  for (let i = 0; i < w.length; i++) {
    s[i]! += (g[i]! * g[i]! - s[i]!) * (1 - rho);
    let spread = s[i]!;
    if (mean.length > 0) {
      mean[i]! += (g[i]! - mean[i]!) * (1 - rho);
      spread -= mean[i]! * mean[i]!;
    }
    let step = (r * g[i]!) / Math.sqrt(spread + epsilon);
    if (momentum > 0) {
      step += momentum * p[i]!;
      p[i] = step;
    }
    w[i]! -= step;
  }
}

/** s += g²; w −= rate · g / (sqrt(s) + epsilon). As TensorFlow's ApplyAdagradV2. */
export function adagrad(w: Floats, g: Floats, s: Floats, rate: Floats, epsilon: number): void {
  const r = rate[0]!;
  for (let i = 0; i < w.length; i++) {
    s[i]! += g[i]! * g[i]!;
    w[i]! -= (r * g[i]!) / (Math.sqrt(s[i]!) + epsilon);
  }
}

/**
 * m += (1 − beta1)(g − m); v += (1 − beta2)(g² − v); w −= rate[0] · m / (sqrt(v) + epsilon), where rate[0] holds
 * lr · sqrt(1 − beta2^t) / (1 − beta1^t): epsilon stands outside the bias correction. As TensorFlow's ApplyAdam.
 * Before that, w −= rate[1] · w: the decoupled weight decay of AdamW, 0 for Adam.
 */
export function adam(
  w: Floats,
  g: Floats,
  m: Floats,
  v: Floats,
  rate: Floats,
  beta1: number,
  beta2: number,
  epsilon: number,
): void {
  const r = rate[0]!;
  const decay = rate[1]!;
  for (let i = 0; i < w.length; i++) {
    m[i]! += (1 - beta1) * (g[i]! - m[i]!);
    v[i]! += (1 - beta2) * (g[i]! * g[i]! - v[i]!);
    w[i] = w[i]! - decay * w[i]! - (r * m[i]!) / (Math.sqrt(v[i]!) + epsilon);
  }
}
