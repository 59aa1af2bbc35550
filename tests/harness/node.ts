// Node in a version: the one on the path where that is it, else npm's package of it, which npx fetches once.

const LOOK_MS = 90_000;
const SAY = "console.log(process.versions.node.split('.')[0], process.execPath)";

/** Those for which the client library is made. */
export const NODES = [20, 22];

/** Its path; null where it isn't installed and npm can't be reached. */
export async function nodeOf(major: number): Promise<string | null> {
  const env = { ...process.env, npm_config_fetch_retries: "0" };
  for (const command of [["node"], ["npx", "--yes", "--prefer-offline", `node@${major}`]]) {
    if (!Bun.which(command[0] ?? "")) continue;
    const child = Bun.spawn([...command, "-e", SAY], { env, stderr: "ignore", timeout: LOOK_MS });
    const [found, ...path] = (await new Response(child.stdout).text()).trim().split(" ");
    if ((await child.exited) === 0 && Number(found) === major) return path.join(" ");
  }
  return null;
}
