export { startProcessHost } from '../../../src/isolation/process-host.js';
export { startThreadHost } from '../../../src/isolation/thread-host.js';
