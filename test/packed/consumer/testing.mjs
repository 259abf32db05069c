import { ModelRegistry } from '@warmset/registry';
import { FakeClock, fakeModel } from '@warmset/registry/testing';
import { loadInFakeTime } from './fake-time.cjs';

console.log(JSON.stringify(await loadInFakeTime({ ModelRegistry, FakeClock, fakeModel })));
