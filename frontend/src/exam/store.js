// What this device remembers of an attempt: every answer (sent or not) and the clock. IndexedDB; when the browser
// refuses it (some private windows), the same calls keep things in memory and `isDurable` says so.

const NAME = "marshrut-exam";
const VERSION = 1;

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("ops", { keyPath: "op_id" }).createIndex("attempt", "attempt");
      request.result.createObjectStore("attempts", { keyPath: "attempt" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

class DeviceStore {
  constructor(database) {
    this.database = database;
    this.isDurable = true;
  }

  table(name, mode) {
    return this.database.transaction(name, mode).objectStore(name);
  }

  /** Write one row and resolve once the browser says that the transaction is complete. */
  put(name, row) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(name, "readwrite", { durability: "strict" });
      transaction.objectStore(name).put(row);
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  get(name, key) {
    return promised(this.table(name, "readonly").get(key));
  }

  ofAttempt(attempt) {
    return promised(this.table("ops", "readonly").index("attempt").getAll(attempt));
  }

  async forget(attempt) {
    for (const op of await this.ofAttempt(attempt)) await promised(this.table("ops", "readwrite").delete(op.op_id));
    await promised(this.table("attempts", "readwrite").delete(attempt));
  }
}

class MemoryStore {
  constructor() {
    this.rows = { ops: new Map(), attempts: new Map() };
    this.isDurable = false;
  }

  async put(name, row) {
    this.rows[name].set(row.op_id || row.attempt, row);
  }

  async get(name, key) {
    return this.rows[name].get(key);
  }

  async ofAttempt(attempt) {
    return [...this.rows.ops.values()].filter((op) => op.attempt === attempt);
  }

  async forget(attempt) {
    for (const op of await this.ofAttempt(attempt)) this.rows.ops.delete(op.op_id);
    this.rows.attempts.delete(attempt);
  }
}

/** Open the device's memory; never fails. */
export async function openStore() {
  try {
    return new DeviceStore(await open());
  } catch (error) {
    return new MemoryStore();
  }
}
