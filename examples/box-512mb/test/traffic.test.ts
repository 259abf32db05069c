import { describe, expect, it } from 'vitest';
import type { FleetFile } from '../harness/fleet-files.js';
import { isRight, planTraffic } from '../harness/traffic.js';

const fleet = Array.from({ length: 20 }, (_, index): FleetFile => {
  const samples = [0, 1, 2].map((sample) => ({ body: { sample }, expected: index + sample }));
  return { name: `m${index}`, path: '', format: 'onnx', bytes: 1, samples };
});

describe('the traffic', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planTraffic(fleet, 100, 7)).toEqual(planTraffic(fleet, 100, 7));
    expect(planTraffic(fleet, 100, 7)).not.toEqual(planTraffic(fleet, 100, 8));
  });

  it('wants few models often and all of them at times', () => {
    const counts = new Map<string, number>();
    for (const { model } of planTraffic(fleet, 2_000, 1)) counts.set(model, (counts.get(model) ?? 0) + 1);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    expect(sorted).toHaveLength(fleet.length);
    expect(sorted[0]).toBeGreaterThan(4 * (sorted[9] ?? 0));
  });

  it('knows the answer to each request', () => {
    for (const { model, body, expected } of planTraffic(fleet, 50, 3)) {
      expect(expected).toBe(Number(model.slice(1)) + (body as { sample: number }).sample);
    }
  });
});

describe('an answer', () => {
  it('is right within what runtimes differ by', () => {
    expect(isRight('{"risk":0.25005}', 0.25)).toBe(true);
    expect(isRight('{"value":-120.005}', -120)).toBe(true);
  });

  it('is wrong where it is another number, or none', () => {
    expect(isRight('{"risk":0.26}', 0.25)).toBe(false);
    expect(isRight('{"value":null}', 0)).toBe(false);
    expect(isRight('{}', 0)).toBe(false);
  });
});
