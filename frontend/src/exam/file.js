/**
 * Give the student everything that this device holds of the attempt, the last resort when nothing else works: the answers
 * as one file, and beside it every recording and photograph that the server has not got.
 */
export function answersFile(ops, attempt) {
  const operations = ops.sort((a, b) => a.seq - b.seq).map(({ file, ...op }) => op);
  const body = { format: "marshrut-answers/1", attempt, made_at: new Date().toISOString(), operations };
  const name = `answers-${attempt.slice(-12)}`;
  save(new Blob([JSON.stringify(body, null, 1)], { type: "application/json" }), `${name}.json`);
  for (const { file, slot } of ops) if (file) save(file, `${name}-${slot}-${file.name}`);
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
