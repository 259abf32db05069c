const { ModelRegistry } = require('@warmset/registry');
const { FakeClock, fakeModel } = require('@warmset/registry/testing');
const { loadInFakeTime } = require('./fake-time.cjs');

loadInFakeTime({ ModelRegistry, FakeClock, fakeModel }).then((result) => console.log(JSON.stringify(result)));
