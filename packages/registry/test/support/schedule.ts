import {
  type Decision,
  type QueuedLoad,
  type SchedulerView,
  schedule,
  urgency,
} from '../../src/load-scheduler.js';
import { type TestResident, victimsOf } from './victims.js';

export { resident } from './victims.js';

export interface TestLoad extends QueuedLoad {
  readonly name: string;
}

export interface TestView extends SchedulerView<TestLoad, TestResident> {
  readonly queue: readonly TestLoad[];
  readonly residents: readonly TestResident[];
}

export function load(name: string, bytes: number, facts: Partial<TestLoad> = {}): TestLoad {
  return { name, bytes, priority: 'live', order: 1, asOf: 1_000, overdue: false, ...facts };
}

/** A budget of 100 bytes, all free, and one free slot, unless told otherwise. The queue is put in its order. */
export function viewOf({ queue = [], residents = [], ...facts }: Partial<TestView>): TestView {
  const budgetBytes = 100;
  const victims = victimsOf(residents);
  const place = (load: TestLoad) => urgency(load, budgetBytes);
  return {
    queue: [...queue].sort((a, b) => place(a) - place(b) || a.order - b.order),
    residents,
    victims: () => victims,
    freeSlots: 1,
    budgetBytes,
    freeBytes: 100,
    comingBytes: 0,
    immovableBytes: 0,
    now: 0,
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
