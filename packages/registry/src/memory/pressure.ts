/** Evictions go on to this many floors, so that the next allocation does not start them again. */
const AIM = 1.25;

/** Where what is available has moved by less than this share of what was evicted, evicting it was of no use. */
const SHOWN_SHARE = 0.25;

/** After a round that was of no use the next one waits this long, unless it gets worse. */
const FUTILE_PAUSE_MS = 30_000;

/** The last time that idle models were evicted for want of memory. */
export interface Round {
  readonly at: number;
  /** What was available before it. */
  readonly availableBytes: number;
  readonly evictedBytes: number;
}

/** None yet. */
export const NO_ROUND: Round = { at: Number.NEGATIVE_INFINITY, availableBytes: 0, evictedBytes: 0 };

/** All that the decision depends on; times in milliseconds. */
export interface PressureView {
  readonly availableBytes: number;
  readonly floorBytes: number;
  /** On its way back: models and hosts that are ending. */
  readonly comingBytes: number;
  readonly now: number;
  readonly round: Round;
}

/**
 * How many bytes of idle models should go; 0 where none. What is on its way back is waited for. A round after which
 * nothing has changed was of no use: some allocators keep what they are given back. Then evicting the rest would cost loads
 * and gain nothing.
 */
export function reliefBytes({ availableBytes, floorBytes, comingBytes, now, round }: PressureView): number {
  if (availableBytes >= floorBytes || availableBytes + comingBytes >= floorBytes) return 0;
  const shownBytes = availableBytes + comingBytes - round.availableBytes;
  const wasFutile = Math.abs(shownBytes) < round.evictedBytes * SHOWN_SHARE;
  if (wasFutile && now - round.at < FUTILE_PAUSE_MS) return 0;
  return Math.ceil(floorBytes * AIM - availableBytes - comingBytes);
}
