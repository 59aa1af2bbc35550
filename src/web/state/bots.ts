// The calls about one's own bots. A token is handed on to whoever asked for it, and kept nowhere.

import { callHttp } from "../../client/index.ts";
import type { Bot } from "../../protocol/bots.ts";
import { url } from "./account.ts";
import { client } from "./cache.ts";

const withToken = () => ({ url, token: client.value?.token ?? "" });

export const loadBots = async () => (await callHttp("bots", withToken())).bots;
export const addBot = (name: string, nonce: string) => callHttp("add_bot", { ...withToken(), body: { name, nonce } });
export const changeBot = (id: number, changes: Partial<Pick<Bot, "name" | "profile_pic">>) =>
  callHttp("change_bot", { ...withToken(), body: { id, ...changes } });
export const changeBotToken = (id: number) => callHttp("change_bot_token", { ...withToken(), body: { id } });
export const deleteBot = (id: number) => callHttp("delete_bot", { ...withToken(), body: { id } });
