import { describeValue, messageOf } from '@warmset/registry/adapter';
import type { TfIOHandler } from '../options.js';
import type { ModelArtifacts } from '../tensorflow.js';
import { kindOf, type ModelKind } from './read.js';
import { checkSpecs, checkWeightData } from './weight-specs.js';

/** @throws Error that says what is wrong with what the handler gave */
export async function artifactsFrom(
  handler: TfIOHandler,
): Promise<{ kind: ModelKind; artifacts: ModelArtifacts }> {
  const loaded = await (async () => handler.load?.())().catch((cause) => {
    throw new Error(`its IOHandler failed: ${messageOf(cause)}`, { cause });
  });
  if (typeof loaded !== 'object' || loaded === null) {
    throw new Error(`its IOHandler gave ${describeValue(loaded)} instead of model artifacts`);
  }
  const given = loaded as Record<string, unknown>;
  const kind = kindOf(given.format, given.modelTopology);
  checkSpecs(given.weightSpecs);
  const weightData = await weightDataOf(given);
  checkWeightData(given.weightSpecs, weightData);
  return { kind, artifacts: { ...(loaded as ModelArtifacts), weightData } };
}

async function weightDataOf({
  weightData,
  getWeightStream,
}: Record<string, unknown>): Promise<ArrayBuffer[]> {
  const parts = Array.isArray(weightData) ? weightData : [weightData];
  if (parts.every((part): part is ArrayBuffer => part instanceof ArrayBuffer)) return parts;
  if (typeof getWeightStream === 'function') return [await new Response(getWeightStream()).arrayBuffer()];
  throw new Error(
    `its IOHandler gave ${describeValue(weightData)} as "weightData" instead of an ArrayBuffer`,
  );
}
