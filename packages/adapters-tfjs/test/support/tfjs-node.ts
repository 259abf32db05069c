import { createRequire } from 'node:module';
import util from 'node:util';
import { installedPackages, restoreUtil } from '../../src/runtime/packages.js';
import { isTensorFlowNode, type TensorFlowNodeNamespace } from '../../src/tensorflow.js';

/**
 * tfjs-node with its native binding, which is not downloaded here: that of the folder in WARMSET_TFJS_NODE, else the installed
 * one. docs/adapters/tfjs.md tells how it can be built.
 */
export const tfjsNode: TensorFlowNodeNamespace | undefined = await find();

async function find(): Promise<TensorFlowNodeNamespace | undefined> {
  const folder = process.env.WARMSET_TFJS_NODE;
  try {
    const found = folder === undefined ? await installedPackages.tfjsNode() : required(folder);
    if (isTensorFlowNode(found)) return found;
    throw new Error('it has no tf.node');
  } catch (thrown) {
    const [reason] = String((thrown as Error).message).split('\n');
    console.warn(`The tests on tfjs-node are skipped: ${folder ?? '@tensorflow/tfjs-node'}: ${reason}`);
    return undefined;
  }
}

function required(folder: string): unknown {
  process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
  restoreUtil(util);
  return createRequire(import.meta.url)(folder);
}
