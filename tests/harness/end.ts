// What all test files of a run have to say is said after the last of them. Loaded before them, by bunfig.toml.

import { afterAll } from "bun:test";
import { sayLeftOut } from "./one-process.ts";

afterAll(sayLeftOut);
