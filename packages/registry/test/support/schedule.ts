import {
  type Decision,
  type QueuedLoad,
  type Resident,
  type SchedulerView,
  schedule,
} from '../../src/load-scheduler.js';

export interface TestLoad extends QueuedLoad {
  readonly name: string;
}

export interface TestResident extends Resident {
  readonly score: number;
}

export type TestView = SchedulerView<TestLoad, TestResident>;

export function load(name: string, bytes: number, facts: Partial<TestLoad> = {}): TestLoad {
  return { name, bytes, priority: 'live', order: 1, asOf: 1_000, overdue: false, ...facts };
}

export function resident(name: string, bytes: number, facts: Partial<TestResident> = {}): TestResident {
  const times = { loadMs: 1, uses: 1, loadedAt: 0, lastUsedAt: 0 };
  return { name, bytes, score: 0, order: 0, freshUntil: 0, ...times, ...facts };
}

/** A budget of 100 bytes, all free, and one free slot, unless told otherwise. */
export function viewOf(facts: Partial<TestView>): TestView {
  return {
    queue: [],
    freeSlots: 1,
    budgetBytes: 100,
    freeBytes: 100,
    comingBytes: 0,
    immovableBytes: 0,
    residents: [],
    now: 0,
    score: (candidate) => (candidate as TestResident).score,
    ...facts,
  };
}

/** What the scheduler decides, each decision in a few words. */
export function decide(facts: Partial<TestView>): string[] {
  const { decisions, recheckAt } = schedule(viewOf(facts));
  return [...decisions.map(inWords), ...(Number.isFinite(recheckAt) ? [`recheck at ${recheckAt}`] : [])];
}

function inWords(decision: Decision<TestLoad, TestResident>): string {
  switch (decision.kind) {
    case 'evict': {
      const victims = decision.victims.map(({ name }) => name).join(' ');
      return decision.load === undefined ? `evict ${victims}` : `evict ${victims} for ${decision.load.name}`;
    }
    case 'refuse':
      return `refuse ${decision.load.name} ${decision.reason}`;
    default:
      return `${decision.kind} ${decision.load.name}`;
  }
}
