import type { TensorMap } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { savedModel, type TensorFlowNodeNamespace } from '../src/index.js';
import type { TfSavedModel } from '../src/tensorflow.js';
import { float32, loadContext, rejection, run } from './support/driver.js';
import { tf } from './support/engine.js';
import { fixture } from './support/files.js';

/** The tests' own TensorFlow.js with the part that only tfjs-node has: what it does with a model is in tfjs-node.test.ts. */
function withNode(loadSavedModel: (...args: unknown[]) => Promise<TfSavedModel>): TensorFlowNodeNamespace {
  return { ...tf, node: { loadSavedModel } } as unknown as TensorFlowNodeNamespace;
}

const path = fixture('saved-models/two-inputs');
const sum = (disposed: () => void, predict: TfSavedModel['predict']) => async () => ({
  predict,
  dispose: disposed,
});
const inputs: TensorMap = { a: float32([1, 2], [1, 2]), b: float32([1, 2], [3, 4]) };

describe('savedModel()', () => {
  it('hands tfjs-node the folder, the tags and the signature, and gives the model back once', async () => {
    await tf.setBackend('cpu');
    const given: unknown[] = [];
    let disposals = 0;
    const runtime = withNode(async (...args) => {
      given.push(...args);
      return {
        predict: ({ a, b }) => ({ sum: tf.add(a as never, b as never) as never }),
        dispose: () => {
          disposals += 1;
        },
      };
    });
    const definition = savedModel({ path, runtime });
    const before = tf.memory().numTensors;
    const model = await definition.load(loadContext());
    expect(given).toEqual([path, ['serve'], 'serving_default']);
    expect(await run(model, inputs)).toEqual({ sum: float32([1, 2], [4, 6]) });
    expect(tf.memory().numTensors).toBe(before);
    expect(definition.measureBytes?.(model)).toBeUndefined();
    await definition.dispose?.(model);
    await definition.dispose?.(model);
    expect(disposals).toBe(1);
  });

  it('disposes of a model that arrives after the load was given up', async () => {
    const reason = new Error('left');
    const left = new AbortController();
    let disposed = false;
    const runtime = withNode(async () => {
      left.abort(reason);
      return sum(
        () => {
          disposed = true;
        },
        () => ({}),
      )();
    });
    expect(
      await rejection(Promise.resolve(savedModel({ path, runtime }).load(loadContext(left.signal)))),
    ).toBe(reason);
    expect(disposed).toBe(true);
  });

  it('says what TensorFlow said, in one line', async () => {
    const runtime = withNode(async () => {
      throw new Error('Failed to load SavedModel: Could not find it\n\t [[{{node save/RestoreV2}}]]');
    });
    expect(await rejection(Promise.resolve(savedModel({ path, runtime }).load(loadContext())))).toMatchObject(
      {
        code: 'ERR_LOAD_FAILED',
        message: `Model "m": cannot load ${path}: Failed to load SavedModel: Could not find it [[{{node save/RestoreV2}}]].`,
      },
    );
  });

  it('fails a run in which an output does not come', async () => {
    const runtime = withNode(
      sum(
        () => {},
        () => ({}),
      ),
    );
    const model = await savedModel({ path, runtime }).load(loadContext());
    expect(await rejection(run(model, inputs))).toMatchObject({
      message: 'the model gave nothing for its output "sum"',
    });
  });

  it('takes the estimate that it is given, after it has looked into the folder', async () => {
    const estimate = (given?: number | (() => number)) =>
      (
        savedModel({ path, ...(given !== undefined && { estimateBytes: given }) })
          .estimateBytes as () => Promise<number>
      )();
    expect(await estimate()).toBeGreaterThan(1024 * 1024);
    expect(await estimate(7)).toBe(7);
    expect(await estimate(() => 8)).toBe(8);
  });
});
