// What this device remembers of an attempt, or of a course: every answer (a draft, unsent, sent) and the clock. IndexedDB; what the
// browser refuses to keep (some private windows, a full disk) stays in memory and `isDurable` says so.

const VERSION = 1;

function promised(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function open(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("ops", { keyPath: "op_id" }).createIndex("attempt", "attempt");
      request.result.createObjectStore("attempts", { keyPath: "attempt" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
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

  async all(name) {
    return [...this.rows[name].values()];
  }

  async ofAttempt(attempt) {
    return [...this.rows.ops.values()].filter((op) => op.attempt === attempt);
  }

  async remove(name, keys) {
    for (const key of keys) this.rows[name].delete(key);
  }
}

class DeviceStore {
  constructor(database) {
    this.database = database;
    this.spare = new MemoryStore();
    this.isDurable = true;
  }

  table(name, mode) {
    return this.database.transaction(name, mode).objectStore(name);
  }

  /**
   * Write one row and resolve once the browser says that the transaction is complete. The write is on its way when this
   * returns. `isHasty` does not wait for the disk, only for the browser: for what is written at every key.
   */
  async put(name, row, { isHasty = false } = {}) {
    try {
      await new Promise((resolve, reject) => {
        const transaction = this.database.transaction(name, "readwrite", { durability: isHasty ? "relaxed" : "strict" });
        transaction.objectStore(name).put(row);
        transaction.oncomplete = () => resolve();
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
        if (transaction.commit) transaction.commit();
      });
      await this.spare.remove(name, [row.op_id || row.attempt]);
      this.isDurable = !this.spare.rows.ops.size;
    } catch (error) {
      await this.spare.put(name, row);
      this.isDurable = false;
    }
  }

  async get(name, key) {
    return promised(this.table(name, "readonly").get(key));
  }

  all(name) {
    return promised(this.table(name, "readonly").getAll());
  }

  async ofAttempt(attempt) {
    const rows = await promised(this.table("ops", "readonly").index("attempt").getAll(attempt));
    const spare = await this.spare.ofAttempt(attempt);
    const newer = new Set(spare.map((op) => op.op_id));
    return [...rows.filter((op) => !newer.has(op.op_id)), ...spare];
  }

  async remove(name, keys) {
    for (const key of keys) await promised(this.table(name, "readwrite").delete(key));
    await this.spare.remove(name, keys);
  }
}

/** Open the device's memory; never fails. */
export async function openStore(name = "marshrut-exam") {
  try {
    return new DeviceStore(await open(name));
  } catch (error) {
    return new MemoryStore();
  }
}

/** Forget one attempt. */
export async function forgetAttempt(store, attempt) {
  await store.remove("ops", (await store.ofAttempt(attempt)).map((op) => op.op_id));
  await store.remove("attempts", [attempt]);
}
