CREATE TABLE `account_arrivals` (
	`user_id` integer NOT NULL,
	`server_id` integer NOT NULL,
	PRIMARY KEY(`user_id`, `server_id`)
);
