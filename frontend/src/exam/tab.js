// Only one tab writes: two tabs that answer the same question would overwrite each other without a word.

/**
 * Ask to be the tab that writes. `onWriter` runs when this tab may write (now, or later when the other one is closed),
 * `onReader` when another tab holds the pen. Returns a function that takes the pen over.
 */
export function holdThePen(name, onWriter, onReader) {
  if (!navigator.locks) {
    onWriter();
    return () => {};
  }
  let steals = false;
  const keep = () => {
    onWriter();
    return new Promise(() => {}); // held until the tab is closed or another tab takes over
  };
  const request = (options) =>
    navigator.locks.request(name, options, (lock) => {
      if (lock) return keep();
      onReader();
      wait();
      return undefined;
    });
  const lost = () => {
    onReader();
    wait();
  };
  const wait = () => navigator.locks.request(name, keep).catch(() => !steals && lost());
  request({ ifAvailable: true }).catch(lost);
  return () => {
    steals = true;
    navigator.locks
      .request(name, { steal: true }, () => {
        steals = false;
        return keep();
      })
      .catch(lost);
  };
}
