import { readFileSync } from 'node:fs';
import type { TensorMap } from '@warmset/registry';
import { models as diseases } from '@warmset-examples/models';
import { z } from 'zod';

/** A model of the fleet: its file, and the way from a request's JSON to tensors and back. */
export interface FleetModel extends Task {
  readonly name: string;
  readonly path: string;
  readonly format: 'onnx' | 'layers-model' | 'graph-model';
}

interface Task {
  /** @throws ZodError where the body is not what the model takes */
  encode(body: unknown): TensorMap;
  decode(outputs: TensorMap): unknown;
}

const mlp = task({
  schema: z.strictObject({ x: z.array(z.number()).length(13) }),
  encode: ({ x }) => ({ x: { dtype: 'float32', shape: [1, x.length], data: Float32Array.from(x) } }),
  decode: (outputs) => ({ value: Object.values(outputs)[0]?.data[0] }),
});

const tasks = new Map([
  ['heart', task(diseases.heart)],
  ['liver', task(diseases.liver)],
  ['diabetes', task(diseases.diabetes)],
  ['lung', task(diseases.lung)],
]);

/** All models that the server offers: `FLEET_FILE` lists them, and is written with them. */
export const fleet: readonly FleetModel[] = (
  JSON.parse(readFileSync(process.env.FLEET_FILE ?? 'fleet.json', 'utf8')) as {
    name: string;
    path: string;
    format: FleetModel['format'];
  }[]
).map(({ name, path, format }) => ({ name, path, format, ...(tasks.get(name) ?? mlp) }));

/** A model's pipeline without its types, which end where the JSON of requests begins. */
function task<Value>(pipeline: {
  schema: z.ZodType<Value>;
  encode(value: Value): TensorMap;
  decode(outputs: TensorMap): unknown;
}): Task {
  return {
    encode: (body) => pipeline.encode(pipeline.schema.parse(body)),
    decode: pipeline.decode,
  };
}
