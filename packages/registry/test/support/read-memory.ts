/** Run by a test inside a cgroup: what a process sees of its memory, and the budget that a registry makes of it. */
import { ModelRegistry } from '../../src/index.js';
import { systemMemoryProbe } from '../../src/memory/system-memory.js';

const { budget } = new ModelRegistry().snapshot().memory;
process.stdout.write(JSON.stringify({ ...systemMemoryProbe.read(), budget }));
