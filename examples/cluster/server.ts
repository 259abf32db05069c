import cluster from 'node:cluster';

// Node runs this file in the primary, and once more in each worker.
await import(cluster.isPrimary ? './primary.js' : './worker.js');
