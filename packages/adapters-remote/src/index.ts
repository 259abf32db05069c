export type { RemoteModel } from './model.js';
export type { RemoteModelOptions } from './options.js';
export { remoteModel } from './remote-model.js';
