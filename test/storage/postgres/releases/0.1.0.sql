SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE public.change_action AS ENUM (
    'create',
    'edit',
    'revoke',
    'expire'
);
CREATE TYPE public.investigator_kind AS ENUM (
    'username',
    'email'
);
CREATE TYPE public.program_action AS ENUM (
    'create',
    'edit',
    'delete',
    'grant',
    'remove'
);
CREATE TYPE public.program_role AS ENUM (
    'pi',
    'co-i'
);
CREATE TYPE public.token_type AS ENUM (
    'session',
    'user',
    'notebook',
    'internal',
    'service',
    'oidc'
);
CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    finished_at timestamp with time zone,
    migration_name character varying(255) NOT NULL,
    logs text,
    rolled_back_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_steps_count integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.account (
    username text NOT NULL,
    password_hash text NOT NULL,
    name text,
    email text,
    uid integer NOT NULL,
    gid integer NOT NULL,
    disabled timestamp(0) with time zone,
    created timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.directory_answer (
    username text NOT NULL,
    person jsonb,
    at timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.local_group (
    name text NOT NULL,
    gid integer NOT NULL
);
CREATE TABLE public.local_group_member (
    username text NOT NULL,
    group_name text NOT NULL
);
CREATE TABLE public.person (
    username text NOT NULL,
    provider text NOT NULL,
    name text,
    email text,
    email_verified boolean DEFAULT false NOT NULL,
    uid integer,
    gid integer,
    groups jsonb,
    signed_in timestamp(0) with time zone NOT NULL,
    disabled timestamp(0) with time zone
);
CREATE TABLE public.program (
    id text NOT NULL,
    title text NOT NULL,
    period_end timestamp(0) with time zone,
    public boolean NOT NULL,
    loaded timestamp(0) with time zone NOT NULL,
    updated timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.program_change (
    id bigint NOT NULL,
    program text NOT NULL,
    action public.program_action NOT NULL,
    actor text NOT NULL,
    address inet,
    at timestamp(0) with time zone NOT NULL,
    email text,
    now jsonb,
    old jsonb
);
CREATE SEQUENCE public.program_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.program_change_id_seq OWNED BY public.program_change.id;
CREATE TABLE public.program_grant (
    program text NOT NULL,
    email text NOT NULL,
    granted_by text NOT NULL,
    granted timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.program_investigator (
    program text NOT NULL,
    kind public.investigator_kind NOT NULL,
    name text NOT NULL,
    role public.program_role NOT NULL
);
CREATE TABLE public.token (
    key text NOT NULL,
    secret_hash bytea NOT NULL,
    type public.token_type NOT NULL,
    username text NOT NULL,
    name text,
    scopes text[],
    created timestamp(0) with time zone NOT NULL,
    expires timestamp(0) with time zone,
    last_used timestamp(0) with time zone,
    last_used_address inet,
    last_used_client text,
    pinned jsonb,
    granted boolean DEFAULT false NOT NULL,
    used_below timestamp(0) with time zone
);
CREATE TABLE public.token_change (
    id bigint NOT NULL,
    token text NOT NULL,
    username text NOT NULL,
    token_type public.token_type NOT NULL,
    token_name text,
    parent text,
    scopes text[],
    service text,
    expires timestamp(0) with time zone,
    actor text NOT NULL,
    action public.change_action NOT NULL,
    old jsonb,
    address inet,
    at timestamp(0) with time zone NOT NULL
);
CREATE SEQUENCE public.token_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.token_change_id_seq OWNED BY public.token_change.id;
CREATE TABLE public.token_revocation (
    key text NOT NULL,
    username text NOT NULL,
    delegated boolean NOT NULL,
    expires timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.token_use (
    token text NOT NULL,
    day date NOT NULL,
    address text NOT NULL,
    client text NOT NULL,
    username text NOT NULL,
    first timestamp(0) with time zone NOT NULL,
    last timestamp(0) with time zone NOT NULL,
    count bigint NOT NULL
);
CREATE TABLE public.token_warning (
    token text NOT NULL,
    threshold integer NOT NULL,
    at timestamp(0) with time zone NOT NULL
);
ALTER TABLE ONLY public.program_change ALTER COLUMN id SET DEFAULT nextval('public.program_change_id_seq'::regclass);
ALTER TABLE ONLY public.token_change ALTER COLUMN id SET DEFAULT nextval('public.token_change_id_seq'::regclass);
INSERT INTO public._prisma_migrations VALUES ('3b5a6a7f-4327-4c0e-aedf-74bea0eff241', '0457970fbaeaef9c97a06574d3eff4b84ae8b9a053229a1ffa1ea2fcc40cfe1b', '2026-11-26 20:46:44.236861+00', '20261122000000_first', NULL, NULL, '2026-11-26 20:46:44.236861+00', 1);
INSERT INTO public._prisma_migrations VALUES ('a97960f8-040d-4743-95ed-ab4a047a3dcd', 'b09adf08b4f4f1ebfd2526e4afb663ea4915c0e644e09aa6b1543a374dcc79b1', '2026-11-26 20:46:44.460459+00', '20261122010000_pinned_and_children', NULL, NULL, '2026-11-26 20:46:44.460459+00', 1);
INSERT INTO public._prisma_migrations VALUES ('0e138b66-9926-4d97-930c-4e31380a86a0', '7f6555235c1c63d8a57c46093bbb74ff6c0a12af0a031ee3e5627dc5f3bc0831', '2026-11-26 20:46:44.622679+00', '20261122020000_token_use', NULL, NULL, '2026-11-26 20:46:44.622679+00', 1);
INSERT INTO public._prisma_migrations VALUES ('4885cb04-1b50-463c-9309-7473950ebd42', 'd700da47db5ec61dccc50455ed7e5baafd7c51506833a3429c66cc30233495f7', '2026-11-26 20:46:44.872277+00', '20261122030000_person', NULL, NULL, '2026-11-26 20:46:44.872277+00', 1);
INSERT INTO public._prisma_migrations VALUES ('d6f12678-93d2-45e0-b645-02d06a24651b', 'ae106de615a0fbbcfe14f19b6d673e01429826541ba864d35a2c9cc4ab3e3dc6', '2026-11-26 20:46:45.040102+00', '20261122040000_token_warning', NULL, NULL, '2026-11-26 20:46:45.040102+00', 1);
INSERT INTO public._prisma_migrations VALUES ('6ae2a3cc-9ede-41b1-85e0-117c63ba055a', '2a1d50ba031c5303e3d496fd19b3c7039e7a9b0f6ff9f15693452edcc97441aa', '2026-11-26 20:46:45.266578+00', '20261122050000_history_by_address_and_end', NULL, NULL, '2026-11-26 20:46:45.266579+00', 1);
INSERT INTO public._prisma_migrations VALUES ('c6a3ca82-8bdd-4fd1-918b-dfb53e0cf616', '4f322ccd411d81652e6488d58c29be21d34f733c979d9389860994c87b25da0a', '2026-11-26 20:46:45.380413+00', '20261122060000_directory_answer', NULL, NULL, '2026-11-26 20:46:45.380413+00', 1);
INSERT INTO public._prisma_migrations VALUES ('44735069-4296-4f34-970d-b8e69cdbea82', '690d5855f0c17c8f3eb4bab591d7595c42181758fcb66b27d9657b66e24a57c1', '2026-11-26 20:46:45.547831+00', '20261122060000_programs', NULL, NULL, '2026-11-26 20:46:45.547831+00', 1);
INSERT INTO public._prisma_migrations VALUES ('e75888dd-111f-4ea1-a5d5-668e03a9c0bb', 'df9783f0c39f5bb3d353da74b5cbceaacdbbedbc24b841bcc83195d01db3fab5', '2026-11-26 20:46:45.815754+00', '20261122070000_revocation', NULL, NULL, '2026-11-26 20:46:45.815754+00', 1);
INSERT INTO public._prisma_migrations VALUES ('baeb08cc-8a89-4922-996d-9402b328d106', 'c8f13220cbfceb1ad302e5d2ca576a8e2f2ca11e182a7c1878c623ce93db1461', '2026-11-26 20:46:45.981021+00', '20261122080000_used_below', NULL, NULL, '2026-11-26 20:46:45.981021+00', 1);
INSERT INTO public.account VALUES ('ada', '$argon2id$v=19$m=19456,t=2,p=1$JhlMhtSyMVy13/kHDLKSlg$pPgLbRHWHIULlym7EQn/U8e794DWpl/5ktx2sZ1RbRI', 'Ada Lovelace', 'ada@example.org', 4001, 4001, NULL, '2026-11-20 00:00:00+00');
INSERT INTO public.account VALUES ('grace', '$argon2id$v=19$m=19456,t=2,p=1$JhlMhtSyMVy13/kHDLKSlg$pPgLbRHWHIULlym7EQn/U8e794DWpl/5ktx2sZ1RbRI', NULL, NULL, 4002, 4002, '2026-11-21 00:00:00+00', '2026-11-20 00:00:00+00');
INSERT INTO public.local_group VALUES ('users', 5001);
INSERT INTO public.local_group VALUES ('admins', 5002);
INSERT INTO public.local_group_member VALUES ('ada', 'users');
INSERT INTO public.local_group_member VALUES ('ada', 'admins');
INSERT INTO public.local_group_member VALUES ('grace', 'users');
INSERT INTO public.person VALUES ('kepler', 'sky', 'Johannes Kepler', 'kepler@example.org', true, 4003, 4003, '[{"id": 5001, "name": "users"}]', '2026-11-21 00:00:00+00', NULL);
INSERT INTO public.program VALUES ('p-1', 'Orbits', '2099-01-01 00:00:00+00', false, '2026-11-20 00:00:00+00', '2026-11-21 00:00:00+00');
INSERT INTO public.program_change VALUES (1, 'p-1', 'grant', 'ada', NULL, '2026-11-21 00:00:00+00', 'galileo@example.org', NULL, NULL);
INSERT INTO public.program_grant VALUES ('p-1', 'galileo@example.org', 'ada', '2026-11-21 00:00:00+00');
INSERT INTO public.program_investigator VALUES ('p-1', 'username', 'ada', 'pi');
INSERT INTO public.program_investigator VALUES ('p-1', 'username', 'kepler', 'co-i');
INSERT INTO public.program_investigator VALUES ('p-1', 'username', 'tycho', 'co-i');
INSERT INTO public.program_investigator VALUES ('p-1', 'email', 'kepler@example.org', 'co-i');
INSERT INTO public.token VALUES ('AQEBAQEBAQEBAQEBEhQa3Q', '\xa229eba904bf04d350edb0de3d78df13ddc61b4d65b774f3fb82e03fe928405a', 'user', 'ada', 'laptop', '{read:tap,user:token}', '2026-11-20 00:00:00+00', NULL, '2026-11-21 00:00:00+00', '192.0.2.7', NULL, NULL, false, NULL);
INSERT INTO public.token VALUES ('AgICAgICAgICAgICHVuZLg', '\xa3ce5a391bd4683308bb2d5247855a47bf636b61d756f7b7afb9d5a0b6048736', 'user', 'ada', 'expired', '{read:tap}', '2026-11-20 00:00:00+00', '2026-11-21 00:00:00+00', NULL, NULL, NULL, NULL, false, NULL);
INSERT INTO public.token VALUES ('BQUFBQUFBQUFBQUFRWMkfw', '\xdae3bcc7b1eea63f2918dc4cc11c38b4e6b9b4d0ea3282997a7f86106b871d79', 'service', 'bot-mobu', NULL, '{read:tap}', '2026-11-20 00:00:00+00', NULL, NULL, NULL, NULL, '{"uid": 4100, "groups": [{"id": 5100, "name": "bots"}]}', true, NULL);
INSERT INTO public.token_change VALUES (1, 'AQEBAQEBAQEBAQEBEhQa3Q', 'ada', 'user', 'laptop', NULL, '{read:tap}', NULL, NULL, 'ada', 'create', NULL, '192.0.2.7', '2026-11-20 00:00:00+00');
INSERT INTO public.token_change VALUES (2, 'AQEBAQEBAQEBAQEBEhQa3Q', 'ada', 'user', 'laptop', NULL, '{read:tap,user:token}', NULL, NULL, 'ada', 'edit', '{"scopes": ["read:tap"]}', '192.0.2.7', '2026-11-21 00:00:00+00');
INSERT INTO public.token_change VALUES (3, 'AwMDAwMDAwMDAwMDdRl3PQ', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, NULL, 'ada', 'create', NULL, '2001:db8::7', '2026-11-20 00:00:00+00');
INSERT INTO public.token_change VALUES (4, 'AwMDAwMDAwMDAwMDdRl3PQ', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, NULL, 'ada', 'revoke', NULL, '2001:db8::7', '2026-11-21 00:00:00+00');
INSERT INTO public.token_change VALUES (5, 'BAQEBAQEBAQEBAQELB1V2h', 'ada', 'session', NULL, NULL, '{read:tap}', NULL, '2099-01-01 00:00:00+00', 'ada', 'revoke', NULL, '192.0.2.7', '2026-11-21 00:00:00+00');
INSERT INTO public.token_revocation VALUES ('BAQEBAQEBAQEBAQELB1V2h', 'ada', false, '2099-01-01 00:00:00+00');
INSERT INTO public.token_use VALUES ('AQEBAQEBAQEBAQEBEhQa3Q', '2026-11-21', '192.0.2.7', 'curl', 'ada', '2026-11-21 00:00:00+00', '2026-11-21 08:00:00+00', 7);
INSERT INTO public.token_warning VALUES ('AgICAgICAgICAgICHVuZLg', 86400, '2026-11-20 00:00:00+00');
SELECT pg_catalog.setval('public.program_change_id_seq', 1, true);
SELECT pg_catalog.setval('public.token_change_id_seq', 5, true);
ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.directory_answer
    ADD CONSTRAINT directory_answer_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_pkey PRIMARY KEY (username, group_name);
ALTER TABLE ONLY public.local_group
    ADD CONSTRAINT local_group_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.program_change
    ADD CONSTRAINT program_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.program_grant
    ADD CONSTRAINT program_grant_pkey PRIMARY KEY (program, email);
ALTER TABLE ONLY public.program_investigator
    ADD CONSTRAINT program_investigator_pkey PRIMARY KEY (program, kind, name);
ALTER TABLE ONLY public.program
    ADD CONSTRAINT program_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.token_change
    ADD CONSTRAINT token_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.token
    ADD CONSTRAINT token_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.token_revocation
    ADD CONSTRAINT token_revocation_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.token_use
    ADD CONSTRAINT token_use_pkey PRIMARY KEY (token, day, address, client);
ALTER TABLE ONLY public.token_warning
    ADD CONSTRAINT token_warning_pkey PRIMARY KEY (token, threshold);
CREATE UNIQUE INDEX account_uid_key ON public.account USING btree (uid);
CREATE UNIQUE INDEX local_group_gid_key ON public.local_group USING btree (gid);
CREATE INDEX local_group_member_group_name_idx ON public.local_group_member USING btree (group_name);
CREATE INDEX person_email_idx ON public.person USING btree (email);
CREATE INDEX program_change_program_at_id_idx ON public.program_change USING btree (program, at, id);
CREATE INDEX program_grant_email_idx ON public.program_grant USING btree (email);
CREATE INDEX program_investigator_kind_name_idx ON public.program_investigator USING btree (kind, name);
CREATE INDEX token_change_action_expires_id_idx ON public.token_change USING btree (action, expires, id);
CREATE INDEX token_change_address_idx ON public.token_change USING btree (address);
CREATE INDEX token_change_at_id_idx ON public.token_change USING btree (at, id);
CREATE INDEX token_change_parent_at_id_idx ON public.token_change USING btree (parent, at, id);
CREATE INDEX token_change_token_at_id_idx ON public.token_change USING btree (token, at, id);
CREATE INDEX token_change_username_at_id_idx ON public.token_change USING btree (username, at, id);
CREATE INDEX token_expires_idx ON public.token USING btree (expires);
CREATE INDEX token_revocation_expires_idx ON public.token_revocation USING btree (expires);
CREATE INDEX token_use_day_idx ON public.token_use USING btree (day);
CREATE INDEX token_use_token_last_idx ON public.token_use USING btree (token, last);
CREATE UNIQUE INDEX token_username_name_key ON public.token USING btree (username, name);
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_group_name_fkey FOREIGN KEY (group_name) REFERENCES public.local_group(name) ON UPDATE CASCADE ON DELETE RESTRICT;
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_username_fkey FOREIGN KEY (username) REFERENCES public.account(username) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.program_grant
    ADD CONSTRAINT program_grant_program_fkey FOREIGN KEY (program) REFERENCES public.program(id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.program_investigator
    ADD CONSTRAINT program_investigator_program_fkey FOREIGN KEY (program) REFERENCES public.program(id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.token_warning
    ADD CONSTRAINT token_warning_token_fkey FOREIGN KEY (token) REFERENCES public.token(key) ON UPDATE CASCADE ON DELETE CASCADE;
