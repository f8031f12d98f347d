/** A server takes no larger upload: what is more goes into another file. One photograph fits in any case. */
const PART_BYTES = 16 * 1024 * 1024;

/**
 * Give the student everything that this device holds of the attempt, the last resort when nothing else works: the answers, and
 * behind them the bytes of every recording and photograph that the server has not got.
 */
export function answersFile(ops, attempt) {
  const rows = ops.sort((a, b) => a.seq - b.seq);
  const name = `answers-${attempt.slice(-12)}`;
  const made = partsOf(rows);
  made.forEach((part, at) => {
    const hasFiles = part.some((op) => op.file);
    save(bytesOf(part, attempt), `${name}${made.length > 1 ? `-${at + 1}` : ""}.${hasFiles ? "answers" : "json"}`);
  });
}

function partsOf(rows) {
  const parts = [[]];
  let size = 0;
  for (const op of rows) {
    const more = op.file ? op.file.size : 0;
    if (size && size + more > PART_BYTES) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1).push(op);
    size += more;
  }
  return parts;
}

/** JSON, and if there are files a zero byte and their bytes in the order of their operations (rules/answers_file.py). */
function bytesOf(rows, attempt) {
  const files = rows.map((op) => op.file).filter(Boolean);
  const operations = rows.map(({ file, ...op }) => (file ? { ...op, file: { name: file.name, size_bytes: file.size } } : op));
  const body = { format: "marshrut-answers/1", attempt, made_at: new Date().toISOString(), operations };
  const text = JSON.stringify(body, null, 1);
  return new Blob(files.length ? [text, "\0", ...files] : [text], { type: files.length ? "application/octet-stream" : "application/json" });
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
