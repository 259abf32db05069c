import {
  field,
  modelBytes,
  node,
  tensor,
  text,
  valueInfo,
  xorshift,
} from '../../examples/models/tools/onnx-file.mjs';
import { once } from '../lib/once.mjs';

const COLOURS = 3;
const PICTURE = 64;
/** Of the first layers, until a picture of 64 × 64 is one of 4 × 4. */
const HALVINGS = 4;

/** The path of an ONNX file of a convolutional network with random weights, 3 × 3 all of them, for pictures of 64 × 64. */
export function convFile({ channels, layers }) {
  return once(`conv-${channels}x${layers}.onnx`, () => convBytes(channels, layers));
}

function convBytes(channels, layers) {
  const random = xorshift(1);
  const nodes = [];
  const weights = [];
  let from = 'x';
  for (let layer = 0; layer < layers; layer++) {
    const stride = layer < HALVINGS ? 2 : 1;
    weights.push(tensor(`w${layer}`, [channels, layer === 0 ? COLOURS : channels, 3, 3], random));
    nodes.push(
      node('Conv', [from, `w${layer}`], `h${layer}`, { pads: [1, 1, 1, 1], strides: [stride, stride] }),
      node('Relu', [`h${layer}`], `r${layer}`),
    );
    from = `r${layer}`;
  }
  const side = PICTURE / 2 ** HALVINGS;
  return modelBytes([
    ...nodes.map((one) => field(1, one)),
    text(2, 'conv'),
    ...weights.map((one) => field(5, one)),
    field(11, valueInfo('x', [COLOURS, PICTURE, PICTURE])),
    field(12, valueInfo(from, [channels, side, side])),
  ]);
}
