// What programs post to webhooks: read as that kind of program means it, and answered as it expects. The address is a
// secret: it stands in no log, and who guesses at one is slowed down.

import { Elysia } from "elysia";
import type { Throttle } from "../accounts/throttle.ts";
import { type Allowances, tooMuch } from "../actors/session/allowances.ts";
import type { FoundWebhook, Webhooks } from "../actors/webhooks.ts";
import { limits } from "../domain/limits.ts";
import { discordSaid } from "../domain/webhooks/discord.ts";
import { githubSaid } from "../domain/webhooks/github.ts";
import { nativeSaid } from "../domain/webhooks/native.ts";
import type { Said } from "../domain/webhooks/said.ts";
import { slackSaid } from "../domain/webhooks/slack.ts";
import { pathOf } from "../protocol/call.ts";
import type { Message } from "../protocol/community/entities.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { validate } from "../protocol/validate.ts";
import { WEBHOOK_NONCE_HEADER, WebhookNonce, webhook_calls } from "../protocol/webhooks.ts";
import type { ClientKey } from "./client-address.ts";
import { type Asking, failureResponse, jsonResponse, pay } from "./http.ts";
import { readPayload } from "./json-body.ts";

export interface WebhookRoutesDependencies {
  webhooks: Webhooks;
  allowances: Allowances;
  clientKey: ClientKey;
  /** By address, for webhooks that aren't there. */
  misses: Pick<Throttle, "wait" | "owe">;
  clock(): number;
}

/** How one kind of program speaks. */
interface Way {
  /** `ping`: nothing is to be said, and all is well. */
  read(body: unknown, request: Request): Said | "ping" | null;
  answer(message: Message | null, request: Request): Response;
  /** Another picture than an upload is refused. */
  is_strict?: true;
  /** The nonce where its own header isn't there. */
  nonceOf?(request: Request): string | null;
}

const native: Way = {
  read: nativeSaid,
  answer: (message) => jsonResponse(200, { success: true, ...(message && { message }) }),
  is_strict: true,
};

const slack: Way = {
  read: slackSaid,
  answer: () => new Response("ok", { headers: { "content-type": "text/plain", "cache-control": "no-store" } }),
};

const discord: Way = {
  read: discordSaid,
  answer: (message, { url }) =>
    new URL(url).searchParams.get("wait") === "true"
      ? jsonResponse(200, message)
      : new Response(null, { status: 204, headers: { "cache-control": "no-store" } }),
};

const github: Way = {
  read: (body, { headers }) => githubSaid(headers.get("x-github-event") ?? "", body),
  answer: native.answer,
  nonceOf: ({ headers }) => headers.get("x-github-delivery"),
};

const not_found = failure("not_found", "There is no such webhook.").error;
const nothing_said = failure("bad_request", "There is nothing to say in it.", { path: "" }).error;

export function webhookRoutes({ webhooks, allowances, clientKey, misses, clock }: WebhookRoutesDependencies) {
  const addressOf = ({ request, server }: Asking) => clientKey({ request, server });

  async function found({ id, token }: Address, address: string): Promise<FoundWebhook | null> {
    const webhook = /^[1-9]\d{0,15}$/.test(id) ? await webhooks.find(Number(id), token) : null;
    if (!webhook) misses.owe(address);
    return webhook;
  }

  async function take(way: Way, params: Address, asking: Asking): Promise<Response> {
    const { request } = asking;
    const address = addressOf(asking);
    const allowance = allowances.ofAddress(address);
    const paid = pay(allowance, webhook_calls.post_webhook.cost);
    if (!paid.ok) return failureResponse(paid.error);
    const retry_after_ms = misses.wait(address);
    if (retry_after_ms > 0) return failureResponse(tooMuch(retry_after_ms).error);
    const webhook = await found(params, address);
    if (!webhook) return failureResponse(not_found);
    const nonce = nonceOf(way, request);
    if (!nonce.ok) return failureResponse(nonce.error);
    const body = await readPayload(request, allowance, clock, limits.webhook_body_bytes);
    if (!body.ok) return failureResponse(body.error);
    const said = way.read(body.value, request);
    if (said === "ping") return way.answer(null, request);
    if (!said) return failureResponse(nothing_said);
    const outcome = await webhooks.say(webhook, { said, nonce: nonce.value, is_strict: way.is_strict ?? false });
    return outcome.ok ? way.answer(outcome.value.message, request) : failureResponse(outcome.error);
  }

  const taking =
    (way: Way) =>
    ({ params, request, server }: Asking & { params: Address }) =>
      take(way, params, { request, server });
  const { post_webhook, post_slack, post_discord, post_github } = webhook_calls;
  return new Elysia({ name: "webhooks" })
    .post(pathOf(post_webhook), taking(native), { parse: "none" })
    .post(pathOf(post_slack), taking(slack), { parse: "none" })
    .post(pathOf(post_discord), taking(discord), { parse: "none" })
    .post(pathOf(post_github), taking(github), { parse: "none" });
}

interface Address {
  id: string;
  token: string;
}

/** Under which nonce it is said; null for none. One that a program sends for itself and that can't be one is none. */
function nonceOf(way: Way, request: Request): Outcome<string | null> {
  const given = request.headers.get(WEBHOOK_NONCE_HEADER);
  if (given !== null) return validate(WebhookNonce, given, WEBHOOK_NONCE_HEADER);
  const own = way.nonceOf?.(request) ?? null;
  const checked = own === null ? success(null) : validate(WebhookNonce, own, WEBHOOK_NONCE_HEADER);
  return checked.ok ? checked : success(null);
}
