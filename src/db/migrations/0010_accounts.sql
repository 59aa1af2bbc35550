CREATE TABLE `links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_id` integer,
	`email` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `links_user_id` ON `links` (`user_id`);--> statement-breakpoint
CREATE INDEX `links_expires_at` ON `links` (`expires_at`);--> statement-breakpoint
CREATE TABLE `registration_invites` (
	`code` text PRIMARY KEY NOT NULL,
	`creator_id` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`max_uses` integer,
	`uses` integer DEFAULT 0 NOT NULL,
	FOREIGN KEY (`creator_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE set null
);
--> statement-breakpoint
CREATE INDEX `registration_invites_created_at` ON `registration_invites` (`created_at`);--> statement-breakpoint
CREATE INDEX `registration_invites_expires_at` ON `registration_invites` (`expires_at`);--> statement-breakpoint
ALTER TABLE `logins` ADD `device` text;--> statement-breakpoint
ALTER TABLE `logins` ADD `address` text;--> statement-breakpoint
ALTER TABLE `logins` ADD `used_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `email_confirmed_at` integer;--> statement-breakpoint
CREATE INDEX `users_confirmed_email` ON `users` (lower(email)) WHERE email_confirmed_at is not null;