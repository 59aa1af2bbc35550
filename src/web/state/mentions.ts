// Mentions as they are written, `@name`, and as they are sent, `<@id>`, by the client library, which knows who was chosen.

import { computed } from "@preact/signals";
import { type Meant, Mentions } from "../../client/index.ts";
import { words } from "../words.ts";
import { client, rolesOf } from "./cache.ts";

const mentions = computed(() => client.value && new Mentions(client.value));

/** Pages count those of no server as of 0. */
export const writingPlace = (server_id: number, channel_id: number) => ({ server_id: server_id || null, channel_id });

export const noteChosen = (name: string, meant: Meant) => mentions.value?.choose(name, meant);

export const toWritten = (content: string, server_id: number, channel_id: number): string =>
  mentions.value?.written(content, writingPlace(server_id, channel_id)) ?? content;

export const toSent = (text: string, server_id: number, channel_id: number): string =>
  mentions.value?.sent(text, writingPlace(server_id, channel_id)) ?? text;

export const roleNameOf = (id: number, server_id: number): string =>
  rolesOf(server_id)?.get(id)?.name ?? words.talk.unknown_role;
