// What a server counts, read as an operator's monitor does.

/** The value of one sample, its labels as they are written; 0 where it has never been counted. */
export async function counted(url: string, sample: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
  return Number(line?.slice(sample.length) ?? 0);
}

/** The resident memory of the server's process, in MiB. */
export async function memoryMib(url: string): Promise<number> {
  return Math.round((await counted(url, "orchard_memory_bytes")) / 1024 / 1024);
}
