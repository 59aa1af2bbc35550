// What GitHub tells of a repository, by the name of its event. A ping says nothing, and of others nothing is made.

import { type Fields, fieldsOf, itemsOf, joined, linked, type Said, saidOf, textOf } from "./said.ts";

const COMMITS = 10;

/** `ping`: it only asks whether anybody is there. Null: nothing is to be said of it. */
export function githubSaid(event: string, body: unknown): Said | "ping" | null {
  if (event === "ping") return "ping";
  const told = fieldsOf(body);
  const words = Object.hasOwn(tellers, event) ? tellers[event]?.(told) : "";
  if (!words) return null;
  const repository = textOf(fieldsOf(told["repository"])["full_name"]);
  return saidOf(repository === "" ? words : `[${repository}] ${words}`, "GitHub");
}

const tellers: Readonly<Record<string, (told: Fields) => string>> = {
  push: pushText,
  issues: (told) => aboutThing(told, "issue", fieldsOf(told["issue"])),
  pull_request: (told) => aboutThing(told, "pull request", fieldsOf(told["pull_request"])),
  release: releaseText,
  workflow_run: workflowText,
};

const senderOf = (told: Fields) => textOf(fieldsOf(told["sender"])["login"]) || "somebody";

function pushText(told: Fields): string {
  const branch = textOf(told["ref"]).replace(/^refs\/(heads|tags)\//, "");
  const who = textOf(fieldsOf(told["pusher"])["name"]) || senderOf(told);
  if (branch === "") return "";
  if (told["deleted"] === true) return `${who} deleted ${branch}`;
  const commits = Array.isArray(told["commits"]) ? told["commits"].length : 0;
  const what =
    told["created"] === true && commits === 0 ? `created ${branch}` : `pushed ${counted(commits)} to ${branch}`;
  const how = told["forced"] === true ? " by force" : "";
  const more = commits > COMMITS ? `and ${commits - COMMITS} more` : "";
  const lines = itemsOf(told["commits"]).slice(0, COMMITS).map(commitLine);
  return joined([linked(`${who} ${what}${how}`, textOf(told["compare"])), ...lines, more]);
}

const counted = (commits: number) => (commits === 1 ? "1 commit" : `${commits} commits`);

function commitLine(commit: unknown): string {
  const { id, message, author } = fieldsOf(commit);
  const [subject = ""] = textOf(message).split("\n");
  const by = textOf(fieldsOf(author)["name"]);
  return joined([`${textOf(id).slice(0, 7)} ${subject}`, by && `– ${by}`], " ");
}

function aboutThing(told: Fields, what: string, thing: Fields): string {
  const [number, title] = [textOf(thing["number"]), textOf(thing["title"])];
  const done =
    what === "pull request" && told["action"] === "closed" && thing["merged"] === true ? "merged" : told["action"];
  const action = textOf(done).replaceAll("_", " ");
  if (action === "" || number === "") return "";
  const text = action === "opened" ? textOf(thing["body"]) : "";
  return joined([linked(`${senderOf(told)} ${action} ${what} #${number}: ${title}`, textOf(thing["html_url"])), text]);
}

function releaseText(told: Fields): string {
  const release = fieldsOf(told["release"]);
  const [action, tag] = [textOf(told["action"]), textOf(release["tag_name"])];
  // A release that is published is told of as created and released, too.
  if (tag === "" || (action !== "published" && action !== "deleted")) return "";
  const name = textOf(release["name"]) || tag;
  const text = action === "published" ? textOf(release["body"]) : "";
  return joined([linked(`${senderOf(told)} ${action} release ${name}`, textOf(release["html_url"])), text]);
}

function workflowText(told: Fields): string {
  const run = fieldsOf(told["workflow_run"]);
  if (told["action"] !== "completed") return "";
  const [name, conclusion, branch] = [textOf(run["name"]), textOf(run["conclusion"]), textOf(run["head_branch"])];
  const where = branch === "" ? "" : ` on ${branch}`;
  return linked(`${name || "a workflow"} ended${where}: ${conclusion.replaceAll("_", " ")}`, textOf(run["html_url"]));
}
