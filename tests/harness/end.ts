// What all test files of a run share is taken down after the last of them. Loaded before them, by bunfig.toml.

import { afterAll } from "bun:test";
import { removeSharedNats } from "./nats.ts";
import { sayLeftOut } from "./one-process.ts";
import { removeSharedSqld } from "./sqld.ts";

afterAll(removeSharedSqld);
afterAll(removeSharedNats);
afterAll(sayLeftOut);
