import { describe, expect, it } from 'vitest';
import { grownBytes, noMeter } from '../../src/isolation/memory-meter.js';

const settled = (hostBytes: number, freeHeapBytes: number) => ({ hostBytes, freeHeapBytes });

describe('grownBytes', () => {
  it.each([
    ['all of it, where V8 keeps no more free pages than before', settled(100, 5), settled(150, 5), 50],
    ['without the free pages that came', settled(100, 5), settled(150, 15), 40],
    ['not more, where free pages went', settled(100, 15), settled(150, 5), 50],
    ['not less than nothing, where more free pages came than memory', settled(100, 5), settled(105, 25), 0],
    ['what it shrank by', settled(100, 5), settled(70, 5), -30],
    ['no more than that, where free pages came all the same', settled(100, 5), settled(70, 25), -30],
  ])('is %s', (_what, before, after, grown) => {
    expect(grownBytes(before, after)).toBe(grown);
  });

  it('is not less than what is known to have come, and not more than what came', () => {
    expect(grownBytes(settled(100, 5), settled(150, 25), 45)).toBe(45);
    expect(grownBytes(settled(100, 5), settled(150, 25), 80)).toBe(50);
  });
});

describe('in a thread', () => {
  it('nothing is measured', () => {
    const measuring = noMeter.begin();
    measuring.start();
    expect(measuring.end().before).toBeUndefined();
    expect(noMeter.settled()).toBeUndefined();
    expect(noMeter.hostBytes()).toBe(0);
  });
});
