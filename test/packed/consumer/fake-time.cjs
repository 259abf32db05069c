/** Loads a fake model that takes a minute, with the clock that goes with it. */
exports.loadInFakeTime = async ({ ModelRegistry, FakeClock, fakeModel }) => {
  const clock = new FakeClock();
  const registry = new ModelRegistry({ clock, models: { slow: fakeModel({ loadMs: 60_000, bytes: 1024 }) } });
  const loading = registry.load('slow');
  await clock.runAll();
  const { state, load } = await loading;
  return { state, loadMs: load.lastMs };
};
