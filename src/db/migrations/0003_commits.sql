CREATE TABLE `guards` (
	`holds` integer NOT NULL,
	CONSTRAINT "stale" CHECK(holds = 1)
);
--> statement-breakpoint
CREATE TABLE `made` (
	`user_id` integer NOT NULL,
	`kind` text NOT NULL,
	`server_id` integer NOT NULL,
	`nonce` text NOT NULL,
	`made` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`user_id`, `kind`, `server_id`, `nonce`)
);
--> statement-breakpoint
CREATE INDEX `made_created_at` ON `made` (`created_at`);