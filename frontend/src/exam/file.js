/** Give the student everything that this device holds of the attempt as a file, the last resort when nothing else works. */
export function answersFile(ops, attempt) {
  const body = { format: "marshrut-answers/1", attempt, made_at: new Date().toISOString(), operations: ops.sort((a, b) => a.seq - b.seq) };
  const url = URL.createObjectURL(new Blob([JSON.stringify(body, null, 1)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `answers-${attempt.slice(-12)}.json`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
