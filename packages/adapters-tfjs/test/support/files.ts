import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A committed model: see fixtures/make-fixtures.mjs and fixtures/make_saved_models.py. */
export function fixture(path: string): string {
  return fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
}

/** Real models with reference outputs, beside the project's checkout; a clone of the project alone has none. */
export const SHARED_MODELS = fileURLToPath(new URL('../../../../../shared/models/', import.meta.url));
export const hasShared = existsSync(SHARED_MODELS);
if (!hasShared) {
  console.warn(
    `The tests on real models are skipped: only the project's own workspace has ${SHARED_MODELS}.`,
  );
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'warmset-tfjs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A `model.json` with its weights file, in a folder that is gone after the test. */
export function modelFiles(json: unknown, weights: Uint8Array | ArrayBuffer = new Uint8Array()): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'weights.bin'), new Uint8Array(weights));
  writeFileSync(join(folder, 'model.json'), typeof json === 'string' ? json : JSON.stringify(json));
  return join(folder, 'model.json');
}
