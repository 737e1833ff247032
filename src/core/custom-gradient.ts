import { GradientError } from './errors.ts';
import { wantFunction } from './options.ts';
import { sameShape, shapeText } from './shape.ts';
import { offer } from './steps.ts';
import { Tensor, type TensorLike, toTensor } from './tensor.ts';

/**
 * An op with a gradient of your own: `run` computes a value and returns it with the rule that turns the gradient of
 * the value into those of the inputs. The rule may use what `run` computed; second derivatives follow it. As
 * tf.custom_gradient.
 */
export function customGradient(
  run: (...inputs: Tensor[]) => {
    value: Tensor;
    gradient: (dy: Tensor) => Tensor | readonly Tensor[];
  },
): (...inputs: TensorLike[]) => Tensor {
  wantFunction('customGradient', run, 'customGradient((x) => ({ value, gradient: (dy) => dy }))');
  return (...given) => {
    const inputs = given.map((input) => toTensor(input));
    const { value, gradient } = run(...inputs);
    if (!(value instanceof Tensor) || typeof gradient !== 'function') {
      throw new GradientError(
        'customGradient: the function did not return a value with its rule; want { value, gradient: (dy) => … }',
      );
    }
    // An identity of its own: no gradient reaches what `run` recorded but through the rule.
    const output = value.view(value.shape);
    offer(inputs, output, 'customGradient', () => ({
      kept: [],
      vjp: onceEachWalk((dy) => checkedGradients(gradient(dy), inputs)),
    }));
    return output;
  };
}

/** A rule that gives all gradients at once, asked for one input after another. */
function onceEachWalk(
  rule: (dy: Tensor) => readonly Tensor[],
): (dy: Tensor, input: number) => Tensor {
  let last: { dy: Tensor; input: number; gradients: readonly Tensor[] } | undefined;
  return (dy, input) => {
    // A walk asks for its inputs in order. An earlier one means a new walk, which other tapes may be recording.
    const again = last?.dy === dy && last.input < input;
    const gradients = again && last ? last.gradients : rule(dy);
    last = { dy, input, gradients };
    return gradients[input] as Tensor;
  };
}

function checkedGradients(
  answer: Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
): readonly Tensor[] {
  const gradients = answer instanceof Tensor ? [answer] : answer;
  if (gradients.length !== inputs.length) {
    throw new GradientError(
      `customGradient: the rule returned ${gradients.length} gradients for ${inputs.length} inputs; want one each`,
      { gradients: gradients.length, inputs: inputs.length },
    );
  }
  gradients.forEach((gradient, i) => {
    const { shape } = inputs[i] as Tensor;
    if (!sameShape(gradient.shape, shape)) {
      throw new GradientError(
        `customGradient: gradient ${i} is ${shapeText(gradient.shape)} and its input is ${shapeText(shape)}; want the same shape`,
        { input: i, gradient: gradient.shape, shape },
      );
    }
  });
  return gradients;
}
