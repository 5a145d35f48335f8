SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE public.change_action AS ENUM (
    'create',
    'edit',
    'revoke',
    'expire'
);
CREATE TYPE public.identity_action AS ENUM (
    'bind',
    'release',
    'rebind',
    'confirm'
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
    created timestamp(0) with time zone NOT NULL,
    emergency boolean DEFAULT false NOT NULL,
    must_change_password boolean DEFAULT false NOT NULL
);
CREATE TABLE public.audit_chain (
    name text NOT NULL,
    "position" bigint NOT NULL,
    hash text NOT NULL
);
CREATE TABLE public.audit_event (
    id bigint NOT NULL,
    event_id text NOT NULL,
    at timestamp(0) with time zone NOT NULL,
    action text NOT NULL,
    event text NOT NULL,
    "position" bigint,
    hash text
);
CREATE SEQUENCE public.audit_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_event_id_seq OWNED BY public.audit_event.id;
CREATE TABLE public.device_login (
    id text NOT NULL,
    user_code text NOT NULL,
    client_id text NOT NULL,
    scope text NOT NULL,
    token_name text,
    address text,
    program text NOT NULL,
    status text NOT NULL,
    username text,
    session text,
    approval text,
    created timestamp(0) with time zone NOT NULL,
    expires timestamp(0) with time zone NOT NULL,
    polled timestamp(0) with time zone
);
CREATE TABLE public.directory_answer (
    username text NOT NULL,
    person jsonb,
    at timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.first_sign_in (
    username text NOT NULL,
    at timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.identity_change (
    id bigint NOT NULL,
    username text NOT NULL,
    action public.identity_action NOT NULL,
    provider text NOT NULL,
    issuer text,
    subject text,
    old_issuer text,
    old_subject text,
    actor text NOT NULL,
    address inet,
    at timestamp(0) with time zone NOT NULL
);
CREATE SEQUENCE public.identity_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.identity_change_id_seq OWNED BY public.identity_change.id;
CREATE TABLE public.identity_refusal (
    username text NOT NULL,
    provider text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    address inet,
    first timestamp(0) with time zone NOT NULL,
    last timestamp(0) with time zone NOT NULL,
    count integer NOT NULL
);
CREATE TABLE public.local_group (
    name text NOT NULL,
    gid integer NOT NULL
);
CREATE TABLE public.local_group_member (
    username text NOT NULL,
    group_name text NOT NULL
);
CREATE TABLE public.lockdown (
    id boolean DEFAULT true NOT NULL,
    since timestamp(0) with time zone NOT NULL,
    reason text,
    CONSTRAINT lockdown_one_row CHECK (id)
);
CREATE TABLE public.migration_declaration (
    name text NOT NULL,
    needs text,
    summary text NOT NULL
);
CREATE TABLE public.notice (
    id bigint NOT NULL,
    username text NOT NULL,
    kind text NOT NULL,
    token text NOT NULL,
    facts jsonb NOT NULL,
    at timestamp(0) with time zone NOT NULL,
    dismissed timestamp(0) with time zone,
    mail_at timestamp(0) with time zone,
    mailed timestamp(0) with time zone
);
CREATE SEQUENCE public.notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.notice_id_seq OWNED BY public.notice.id;
CREATE TABLE public.notice_sum (
    username text NOT NULL,
    count integer NOT NULL,
    since timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.oidc_client (
    client_id text NOT NULL,
    description text NOT NULL,
    notes text,
    redirect_uris text[],
    post_logout_uris text[],
    backchannel_logout_uri text,
    public boolean DEFAULT false NOT NULL,
    own_site boolean DEFAULT true NOT NULL,
    required_scope text,
    required_groups text[],
    created timestamp(0) with time zone NOT NULL,
    last_modified timestamp(0) with time zone NOT NULL,
    last_modified_by text NOT NULL
);
CREATE TABLE public.oidc_client_secret (
    id bigint NOT NULL,
    client_id text NOT NULL,
    secret_hash bytea NOT NULL,
    created timestamp(0) with time zone NOT NULL,
    expires timestamp(0) with time zone
);
CREATE SEQUENCE public.oidc_client_secret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.oidc_client_secret_id_seq OWNED BY public.oidc_client_secret.id;
CREATE TABLE public.oidc_consent (
    username text NOT NULL,
    client_id text NOT NULL,
    scopes text[],
    hosts text[],
    granted timestamp(0) with time zone NOT NULL,
    withdrawn timestamp(0) with time zone
);
CREATE TABLE public.oidc_import (
    id boolean DEFAULT true NOT NULL,
    at timestamp(0) with time zone NOT NULL
);
CREATE TABLE public.oidc_key (
    id bigint NOT NULL,
    sealed text NOT NULL,
    created timestamp(0) with time zone NOT NULL,
    kid text,
    signs_from timestamp(0) with time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    retires timestamp(0) with time zone
);
CREATE SEQUENCE public.oidc_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.oidc_key_id_seq OWNED BY public.oidc_key.id;
CREATE TABLE public.oidc_session (
    session text NOT NULL,
    client_id text NOT NULL,
    username text NOT NULL,
    expires timestamp(0) with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.passkey (
    id text NOT NULL,
    username text NOT NULL,
    public_key bytea NOT NULL,
    counter bigint NOT NULL,
    transports text[],
    name text NOT NULL,
    created timestamp(0) with time zone NOT NULL,
    last_used timestamp(0) with time zone
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
    disabled timestamp(0) with time zone,
    issuer text,
    subject text
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
    role public.program_role NOT NULL,
    awaiting boolean DEFAULT false NOT NULL
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
    used_below timestamp(0) with time zone,
    makers text[] DEFAULT ARRAY[]::text[] NOT NULL,
    restriction jsonb
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
    at timestamp(0) with time zone NOT NULL,
    actor_token text
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
    at timestamp(0) with time zone NOT NULL,
    retry_at timestamp(0) with time zone
);
ALTER TABLE ONLY public.audit_event ALTER COLUMN id SET DEFAULT nextval('public.audit_event_id_seq'::regclass);
ALTER TABLE ONLY public.identity_change ALTER COLUMN id SET DEFAULT nextval('public.identity_change_id_seq'::regclass);
ALTER TABLE ONLY public.notice ALTER COLUMN id SET DEFAULT nextval('public.notice_id_seq'::regclass);
ALTER TABLE ONLY public.oidc_client_secret ALTER COLUMN id SET DEFAULT nextval('public.oidc_client_secret_id_seq'::regclass);
ALTER TABLE ONLY public.oidc_key ALTER COLUMN id SET DEFAULT nextval('public.oidc_key_id_seq'::regclass);
ALTER TABLE ONLY public.program_change ALTER COLUMN id SET DEFAULT nextval('public.program_change_id_seq'::regclass);
ALTER TABLE ONLY public.token_change ALTER COLUMN id SET DEFAULT nextval('public.token_change_id_seq'::regclass);
INSERT INTO public._prisma_migrations VALUES ('d6c7366c-de8e-4e49-80a5-b961c79555e8', '0457970fbaeaef9c97a06574d3eff4b84ae8b9a053229a1ffa1ea2fcc40cfe1b', '2026-11-26 20:47:50.344936+00', '20261122000000_first', NULL, NULL, '2026-11-26 20:47:50.344936+00', 1);
INSERT INTO public._prisma_migrations VALUES ('54fdeb7e-f4f4-4954-a9ab-4f9de4700482', 'b09adf08b4f4f1ebfd2526e4afb663ea4915c0e644e09aa6b1543a374dcc79b1', '2026-11-26 20:47:50.548821+00', '20261122010000_pinned_and_children', NULL, NULL, '2026-11-26 20:47:50.548821+00', 1);
INSERT INTO public._prisma_migrations VALUES ('96c35ae3-822e-43fa-80b2-f400f6867322', '7f6555235c1c63d8a57c46093bbb74ff6c0a12af0a031ee3e5627dc5f3bc0831', '2026-11-26 20:47:50.6255+00', '20261122020000_token_use', NULL, NULL, '2026-11-26 20:47:50.6255+00', 1);
INSERT INTO public._prisma_migrations VALUES ('deef3ef7-05b5-4900-acb8-3a5a8cb7c06e', 'd700da47db5ec61dccc50455ed7e5baafd7c51506833a3429c66cc30233495f7', '2026-11-26 20:47:50.759324+00', '20261122030000_person', NULL, NULL, '2026-11-26 20:47:50.759324+00', 1);
INSERT INTO public._prisma_migrations VALUES ('46edb560-15d3-45c0-bd90-4a15220bdda9', 'ae106de615a0fbbcfe14f19b6d673e01429826541ba864d35a2c9cc4ab3e3dc6', '2026-11-26 20:47:50.901349+00', '20261122040000_token_warning', NULL, NULL, '2026-11-26 20:47:50.90135+00', 1);
INSERT INTO public._prisma_migrations VALUES ('31f57649-9030-49e2-bd6c-ecf5fd72d9a7', '2a1d50ba031c5303e3d496fd19b3c7039e7a9b0f6ff9f15693452edcc97441aa', '2026-11-26 20:47:51.039075+00', '20261122050000_history_by_address_and_end', NULL, NULL, '2026-11-26 20:47:51.039075+00', 1);
INSERT INTO public._prisma_migrations VALUES ('df25aa6d-588c-4f51-a264-cb74e438413f', '4f322ccd411d81652e6488d58c29be21d34f733c979d9389860994c87b25da0a', '2026-11-26 20:47:51.14252+00', '20261122060000_directory_answer', NULL, NULL, '2026-11-26 20:47:51.14252+00', 1);
INSERT INTO public._prisma_migrations VALUES ('5615035b-3b11-41a5-9cd7-18ed01fb4dd7', '690d5855f0c17c8f3eb4bab591d7595c42181758fcb66b27d9657b66e24a57c1', '2026-11-26 20:47:51.393385+00', '20261122060000_programs', NULL, NULL, '2026-11-26 20:47:51.393385+00', 1);
INSERT INTO public._prisma_migrations VALUES ('e048f9cf-6a5f-4670-9e2c-da74cbf34c86', 'df9783f0c39f5bb3d353da74b5cbceaacdbbedbc24b841bcc83195d01db3fab5', '2026-11-26 20:47:51.703698+00', '20261122070000_revocation', NULL, NULL, '2026-11-26 20:47:51.703698+00', 1);
INSERT INTO public._prisma_migrations VALUES ('56b3bb57-9d9a-4420-85bf-d7e74472d1bd', 'c8f13220cbfceb1ad302e5d2ca576a8e2f2ca11e182a7c1878c623ce93db1461', '2026-11-26 20:47:51.87507+00', '20261122080000_used_below', NULL, NULL, '2026-11-26 20:47:51.87507+00', 1);
INSERT INTO public._prisma_migrations VALUES ('95151ed6-9489-4f94-964c-0d02ae0d0c26', '56416e6b63f9a2dcc018afd57ad6583292e7c113e9fc54769171c257476249f9', '2026-11-26 20:47:52.028729+00', '20261126000000_audit', NULL, NULL, '2026-11-26 20:47:52.02873+00', 1);
INSERT INTO public._prisma_migrations VALUES ('49d355cb-a92e-486a-be09-df7fb2b0532f', '250454d09ed44bb7f6163d502827836d614a533b00977b88405b6d9859f13290', '2026-11-26 20:47:52.155808+00', '20261126000000_token_makers', NULL, NULL, '2026-11-26 20:47:52.155808+00', 1);
INSERT INTO public._prisma_migrations VALUES ('95097e86-c641-4071-b5f9-c166b707bed9', 'cb532d17e395befa51eec55f7fc70c12b2362ef1d6568024ba283bf9e1424bce', '2026-11-26 20:47:52.31739+00', '20261126010000_identity', NULL, NULL, '2026-11-26 20:47:52.31739+00', 1);
INSERT INTO public._prisma_migrations VALUES ('a4065072-8db6-4b0e-b041-53a40cce5f53', '75d10c1ace1b8d22e04839cac2557726c902f3385df6a33d9a676780945692ca', '2026-11-26 20:47:52.439444+00', '20261126031000_lockdown', NULL, NULL, '2026-11-26 20:47:52.439444+00', 1);
INSERT INTO public._prisma_migrations VALUES ('c7a03dd2-7d74-4ea2-a0fd-96c8456803dc', 'b13ccb94d5250c19bd312a649ce53ff120cb71f3dac3102b39d8ecadc21a7c1c', '2026-11-26 20:47:52.601172+00', '20261126040000_notices', NULL, NULL, '2026-11-26 20:47:52.601172+00', 1);
INSERT INTO public._prisma_migrations VALUES ('f892a188-f678-411f-8941-d1863ba56ef1', 'ff05f9546b04365e881795e5fa60c604c9c78a574c606caec2a3d6903b03693d', '2026-11-26 20:47:52.735118+00', '20261126040000_token_restriction', NULL, NULL, '2026-11-26 20:47:52.735118+00', 1);
INSERT INTO public._prisma_migrations VALUES ('41fe7fb1-a7d9-4d81-8946-b8e03b56eaa6', '04b431b41aa7bd966df2db51f12c1e12dd956b6d18752910d6e5120e7ac3d8e9', '2026-11-26 20:47:52.875777+00', '20261126050000_password_to_change', NULL, NULL, '2026-11-26 20:47:52.875777+00', 1);
INSERT INTO public._prisma_migrations VALUES ('2c53f00c-361c-4a4f-a7f9-8551640d2194', '21028d074e01589eae801eff7d0ffdf20856e49cfe5c292fe9acd9ad82e08f7c', '2026-11-26 20:47:52.960228+00', '20261126060000_notice_mail', NULL, NULL, '2026-11-26 20:47:52.960228+00', 1);
INSERT INTO public._prisma_migrations VALUES ('504dfc92-e794-4207-82e2-35cdd68f39a7', '7b215d675bc159bba92fb3b99b042fa9e4e60717402f141581e5f38d1dfeace9', '2026-11-26 20:47:53.06381+00', '20261126060000_passkey', NULL, NULL, '2026-11-26 20:47:53.06381+00', 1);
INSERT INTO public._prisma_migrations VALUES ('44356dbb-7e65-459d-a711-71e6a9b7bae0', '0d1974e4dfc5767b9a6a6da46b77d3152c435e49da8add87c54084196c70547a', '2026-11-26 20:47:53.183076+00', '20261126070000_first_sign_in', NULL, NULL, '2026-11-26 20:47:53.183076+00', 1);
INSERT INTO public._prisma_migrations VALUES ('37ddaf55-407a-404e-8358-2ac071cd6673', 'de5f6e361710cfad69d849715d3c7b7fc84f0b75984d0ec6c68df71d9eb30fcb', '2026-11-26 20:47:53.36262+00', '20261126080000_oidc_server', NULL, NULL, '2026-11-26 20:47:53.36262+00', 1);
INSERT INTO public._prisma_migrations VALUES ('c8535c81-7aae-46c9-9cdc-a4ed1036c863', '621ba54cbba1c5c131177ed01c374971ff1438e9ce708a988d6d25c67f9f28d7', '2026-11-26 20:47:53.539699+00', '20261126080000_warning_claims', NULL, NULL, '2026-11-26 20:47:53.539699+00', 1);
INSERT INTO public._prisma_migrations VALUES ('970d4d2d-69e3-42e2-89d6-8b8d3f2bacdf', '03bf561b103697dbd9898aaee4487520ddd0e779d54319c8c81ffcc09f1714a6', '2026-11-26 20:47:53.663762+00', '20261126090000_device_login', NULL, NULL, '2026-11-26 20:47:53.663762+00', 1);
INSERT INTO public._prisma_migrations VALUES ('0f58392c-920b-4a30-9798-a938364c42dd', '7863e304a40e582ab3e40317e56addd8f1f9aa477e444859b25d721bb9d73b73', '2026-11-26 20:47:53.80777+00', '20261126160000_oidc_session_tries', NULL, NULL, '2026-11-26 20:47:53.80777+00', 1);
INSERT INTO public._prisma_migrations VALUES ('d448bc3d-5ede-4568-9fe0-a35db8bd442c', 'c4346f869e723567c7fdf77e8fd587618bc7fae9cf0b0da3ef18d8095831bbb4', '2026-11-26 20:47:53.957915+00', '20261126170000_oidc_key_rotation', NULL, NULL, '2026-11-26 20:47:53.957915+00', 1);
INSERT INTO public._prisma_migrations VALUES ('a42c1654-bec0-4548-93cb-4aa1814cc164', '9f9408baab1f8fc6a330db4256cb2c6fc2c92c092467c483d40ed8653f4dd6ae', '2026-11-26 20:47:54.183809+00', '20261126171000_oidc_consent', NULL, NULL, '2026-11-26 20:47:54.18381+00', 1);
INSERT INTO public._prisma_migrations VALUES ('9b63db2b-162b-4b39-b1cc-dea9839c39a8', '961d920055294829fb3adb63aee6842746fd580fb53c52f5eef4da9e23f919af', '2026-11-26 20:47:54.345765+00', '20261126172000_oidc_import', NULL, NULL, '2026-11-26 20:47:54.345765+00', 1);
INSERT INTO public._prisma_migrations VALUES ('406374ed-25e6-4360-85d2-2f329d24ac46', 'ca6029383e58c40566f852cf75fa9b940101da97bc954a9a508b6ee9e8aaea4d', '2026-11-26 20:47:54.415539+00', '20261127060000_migration_declaration', NULL, NULL, '2026-11-26 20:47:54.415539+00', 1);
INSERT INTO public.account VALUES ('ada', '$argon2id$v=19$m=19456,t=2,p=1$JhlMhtSyMVy13/kHDLKSlg$pPgLbRHWHIULlym7EQn/U8e794DWpl/5ktx2sZ1RbRI', 'Ada Lovelace', 'ada@example.org', 4001, 4001, NULL, '2026-11-20 00:00:00+00', false, false);
INSERT INTO public.account VALUES ('grace', '$argon2id$v=19$m=19456,t=2,p=1$JhlMhtSyMVy13/kHDLKSlg$pPgLbRHWHIULlym7EQn/U8e794DWpl/5ktx2sZ1RbRI', NULL, NULL, 4002, 4002, '2026-11-21 00:00:00+00', '2026-11-20 00:00:00+00', false, false);
INSERT INTO public.audit_event VALUES (1, '0001', '2026-11-21 00:00:00+00', 'token.create', '{"event":{"action":"token.create"}}', NULL, NULL);
INSERT INTO public.local_group VALUES ('users', 5001);
INSERT INTO public.local_group VALUES ('admins', 5002);
INSERT INTO public.local_group_member VALUES ('ada', 'users');
INSERT INTO public.local_group_member VALUES ('ada', 'admins');
INSERT INTO public.local_group_member VALUES ('grace', 'users');
INSERT INTO public.migration_declaration VALUES ('20261122000000_first', NULL, 'Tokens, their history, local accounts and groups.');
INSERT INTO public.migration_declaration VALUES ('20261122010000_pinned_and_children', NULL, 'Identities that administrators gave to tokens; an index of the history by parent.');
INSERT INTO public.migration_declaration VALUES ('20261122020000_token_use', NULL, 'Where tokens are used; tokens that keep their scopes.');
INSERT INTO public.migration_declaration VALUES ('20261122030000_person', NULL, 'Users of identity providers.');
INSERT INTO public.migration_declaration VALUES ('20261122040000_token_warning', NULL, 'Warnings before tokens expire.');
INSERT INTO public.migration_declaration VALUES ('20261122050000_history_by_address_and_end', NULL, 'Indexes of the history by address and by end.');
INSERT INTO public.migration_declaration VALUES ('20261122060000_directory_answer', NULL, 'The last answers of LDAP.');
INSERT INTO public.migration_declaration VALUES ('20261122060000_programs', NULL, 'Observing programs, their investigators and history.');
INSERT INTO public.migration_declaration VALUES ('20261122070000_revocation', NULL, 'Revoked sessions and delegated tokens, for a Redis that lost its last writes.');
INSERT INTO public.migration_declaration VALUES ('20261122080000_used_below', NULL, 'When tokens that came from a token were last used.');
INSERT INTO public.migration_declaration VALUES ('20261126000000_audit', NULL, 'The audit trail and its chain.');
INSERT INTO public.migration_declaration VALUES ('20261126000000_token_makers', NULL, 'The tokens that a token was made with.');
INSERT INTO public.migration_declaration VALUES ('20261126010000_identity', NULL, 'The identity that a user name belongs to; investigators who have not signed in await a confirmation.');
INSERT INTO public.migration_declaration VALUES ('20261126031000_lockdown', NULL, 'Lockdown, and emergency accounts.');
INSERT INTO public.migration_declaration VALUES ('20261126040000_notices', NULL, 'Notices to users.');
INSERT INTO public.migration_declaration VALUES ('20261126040000_token_restriction', NULL, 'Tokens bound to networks and services.');
INSERT INTO public.migration_declaration VALUES ('20261126050000_password_to_change', NULL, 'Passwords to change at the next sign-in.');
INSERT INTO public.migration_declaration VALUES ('20261126060000_notice_mail', NULL, 'Notices by e-mail.');
INSERT INTO public.migration_declaration VALUES ('20261126060000_passkey', NULL, 'Passkeys.');
INSERT INTO public.migration_declaration VALUES ('20261126070000_first_sign_in', '20261126070000_first_sign_in', 'First sign-ins; the places of sign-ins go, which no release used.');
INSERT INTO public.migration_declaration VALUES ('20261126080000_oidc_server', NULL, 'Clients, keys and sessions of the OpenID Connect server.');
INSERT INTO public.migration_declaration VALUES ('20261126080000_warning_claims', NULL, 'Warnings that are tried again.');
INSERT INTO public.migration_declaration VALUES ('20261126090000_device_login', NULL, 'Sign-ins of programs by a code.');
INSERT INTO public.migration_declaration VALUES ('20261126160000_oidc_session_tries', NULL, 'How often a client was told of the end of a session.');
INSERT INTO public.migration_declaration VALUES ('20261126170000_oidc_key_rotation', NULL, 'From when until when a key signs.');
INSERT INTO public.migration_declaration VALUES ('20261126171000_oidc_consent', NULL, 'What users have agreed that clients learn.');
INSERT INTO public.migration_declaration VALUES ('20261126172000_oidc_import', NULL, 'Whether clients of the settings were taken over.');
INSERT INTO public.migration_declaration VALUES ('20261127060000_migration_declaration', NULL, 'For each migration, whether versions that do not know it can serve.');
INSERT INTO public.notice VALUES (1, 'ada', 'created', 'BgYGBgYGBgYGBgYGzNPQ0Q', '{}', '2026-11-21 00:00:00+00', NULL, NULL, NULL);
INSERT INTO public.oidc_client VALUES ('grafana', 'Dashboards', NULL, '{https://grafana.example.org/login}', NULL, NULL, false, true, NULL, NULL, '2026-11-21 00:00:00+00', '2026-11-21 00:00:00+00', 'ada');
INSERT INTO public.oidc_client_secret VALUES (1, 'grafana', '\x00', '2026-11-21 00:00:00+00', NULL);
INSERT INTO public.oidc_consent VALUES ('ada', 'grafana', '{openid}', '{grafana.example.org}', '2026-11-21 00:00:00+00', NULL);
INSERT INTO public.oidc_import VALUES (true, '2026-11-26 20:47:54+00');
INSERT INTO public.oidc_key VALUES (1, 'sealed', '2026-11-21 00:00:00+00', NULL, '2026-11-21 00:00:00+00', NULL);
INSERT INTO public.person VALUES ('kepler', 'sky', 'Johannes Kepler', 'kepler@example.org', true, 4003, 4003, '[{"id": 5001, "name": "users"}]', '2026-11-21 00:00:00+00', NULL, 'https://sky.example.org', 'k-1');
INSERT INTO public.program VALUES ('p-1', 'Orbits', '2099-01-01 00:00:00+00', false, '2026-11-20 00:00:00+00', '2026-11-21 00:00:00+00');
INSERT INTO public.program_change VALUES (1, 'p-1', 'grant', 'ada', NULL, '2026-11-21 00:00:00+00', 'galileo@example.org', NULL, NULL);
INSERT INTO public.program_grant VALUES ('p-1', 'galileo@example.org', 'ada', '2026-11-21 00:00:00+00');
INSERT INTO public.program_investigator VALUES ('p-1', 'username', 'ada', 'pi', false);
INSERT INTO public.program_investigator VALUES ('p-1', 'username', 'kepler', 'co-i', false);
INSERT INTO public.program_investigator VALUES ('p-1', 'email', 'kepler@example.org', 'co-i', false);
INSERT INTO public.program_investigator VALUES ('p-1', 'username', 'tycho', 'co-i', true);
INSERT INTO public.token VALUES ('AQEBAQEBAQEBAQEBEhQa3Q', '\xa229eba904bf04d350edb0de3d78df13ddc61b4d65b774f3fb82e03fe928405a', 'user', 'ada', 'laptop', '{read:tap,user:token}', '2026-11-20 00:00:00+00', NULL, '2026-11-21 00:00:00+00', '192.0.2.7', NULL, NULL, false, NULL, '{}', NULL);
INSERT INTO public.token VALUES ('AgICAgICAgICAgICHVuZLg', '\xa3ce5a391bd4683308bb2d5247855a47bf636b61d756f7b7afb9d5a0b6048736', 'user', 'ada', 'expired', '{read:tap}', '2026-11-20 00:00:00+00', '2026-11-21 00:00:00+00', NULL, NULL, NULL, NULL, false, NULL, '{}', NULL);
INSERT INTO public.token VALUES ('BQUFBQUFBQUFBQUFRWMkfw', '\xdae3bcc7b1eea63f2918dc4cc11c38b4e6b9b4d0ea3282997a7f86106b871d79', 'service', 'bot-mobu', NULL, '{read:tap}', '2026-11-20 00:00:00+00', NULL, NULL, NULL, NULL, '{"uid": 4100, "groups": [{"id": 5100, "name": "bots"}]}', true, NULL, '{}', NULL);
INSERT INTO public.token VALUES ('BgYGBgYGBgYGBgYGzNPQ0Q', '\x58ac5b91fcd0493112e2c813abf60714f2817692c1d5a74f4a05c10aad1292c6', 'user', 'ada', 'child', '{read:tap}', '2026-11-21 00:00:00+00', NULL, NULL, NULL, NULL, NULL, false, NULL, '{AQEBAQEBAQEBAQEBEhQa3Q}', NULL);
INSERT INTO public.token VALUES ('BwcHBwcHBwcHBwcHEgHDpQ', '\x53479c57115bd14b55343fbce239d9533e132aa8ab47799d6e2077acf76fd41f', 'user', 'ada', 'bound', '{read:tap}', '2026-11-21 00:00:00+00', NULL, NULL, NULL, NULL, NULL, false, NULL, '{}', '{"networks": ["198.51.100.0/24"]}');
INSERT INTO public.token_change VALUES (1, 'AQEBAQEBAQEBAQEBEhQa3Q', 'ada', 'user', 'laptop', NULL, '{read:tap}', NULL, NULL, 'ada', 'create', NULL, '192.0.2.7', '2026-11-20 00:00:00+00', NULL);
INSERT INTO public.token_change VALUES (2, 'AQEBAQEBAQEBAQEBEhQa3Q', 'ada', 'user', 'laptop', NULL, '{read:tap,user:token}', NULL, NULL, 'ada', 'edit', '{"scopes": ["read:tap"]}', '192.0.2.7', '2026-11-21 00:00:00+00', NULL);
INSERT INTO public.token_change VALUES (3, 'AwMDAwMDAwMDAwMDdRl3PQ', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, NULL, 'ada', 'create', NULL, '2001:db8::7', '2026-11-20 00:00:00+00', NULL);
INSERT INTO public.token_change VALUES (4, 'AwMDAwMDAwMDAwMDdRl3PQ', 'ada', 'user', 'lost', NULL, '{read:tap}', NULL, NULL, 'ada', 'revoke', NULL, '2001:db8::7', '2026-11-21 00:00:00+00', NULL);
INSERT INTO public.token_change VALUES (5, 'BAQEBAQEBAQEBAQELB1V2h', 'ada', 'session', NULL, NULL, '{read:tap}', NULL, '2099-01-01 00:00:00+00', 'ada', 'revoke', NULL, '192.0.2.7', '2026-11-21 00:00:00+00', NULL);
INSERT INTO public.token_revocation VALUES ('BAQEBAQEBAQEBAQELB1V2h', 'ada', false, '2099-01-01 00:00:00+00');
INSERT INTO public.token_use VALUES ('AQEBAQEBAQEBAQEBEhQa3Q', '2026-11-21', '192.0.2.7', 'curl', 'ada', '2026-11-21 00:00:00+00', '2026-11-21 08:00:00+00', 7);
INSERT INTO public.token_warning VALUES ('AgICAgICAgICAgICHVuZLg', 86400, '2026-11-20 00:00:00+00', NULL);
SELECT pg_catalog.setval('public.audit_event_id_seq', 1, true);
SELECT pg_catalog.setval('public.identity_change_id_seq', 1, false);
SELECT pg_catalog.setval('public.notice_id_seq', 1, true);
SELECT pg_catalog.setval('public.oidc_client_secret_id_seq', 1, true);
SELECT pg_catalog.setval('public.oidc_key_id_seq', 1, true);
SELECT pg_catalog.setval('public.program_change_id_seq', 1, true);
SELECT pg_catalog.setval('public.token_change_id_seq', 5, true);
ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.audit_chain
    ADD CONSTRAINT audit_chain_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.device_login
    ADD CONSTRAINT device_login_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.directory_answer
    ADD CONSTRAINT directory_answer_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.first_sign_in
    ADD CONSTRAINT first_sign_in_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.identity_change
    ADD CONSTRAINT identity_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.identity_refusal
    ADD CONSTRAINT identity_refusal_pkey PRIMARY KEY (username, provider, issuer, subject);
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_pkey PRIMARY KEY (username, group_name);
ALTER TABLE ONLY public.local_group
    ADD CONSTRAINT local_group_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.lockdown
    ADD CONSTRAINT lockdown_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.migration_declaration
    ADD CONSTRAINT migration_declaration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notice_sum
    ADD CONSTRAINT notice_sum_pkey PRIMARY KEY (username);
ALTER TABLE ONLY public.oidc_client
    ADD CONSTRAINT oidc_client_pkey PRIMARY KEY (client_id);
ALTER TABLE ONLY public.oidc_client_secret
    ADD CONSTRAINT oidc_client_secret_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.oidc_consent
    ADD CONSTRAINT oidc_consent_pkey PRIMARY KEY (username, client_id);
ALTER TABLE ONLY public.oidc_import
    ADD CONSTRAINT oidc_import_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.oidc_key
    ADD CONSTRAINT oidc_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.oidc_session
    ADD CONSTRAINT oidc_session_pkey PRIMARY KEY (session, client_id);
ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_pkey PRIMARY KEY (id);
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
CREATE INDEX audit_event_at_id_idx ON public.audit_event USING btree (at, id);
CREATE UNIQUE INDEX audit_event_event_id_key ON public.audit_event USING btree (event_id);
CREATE UNIQUE INDEX audit_event_position_key ON public.audit_event USING btree ("position");
CREATE INDEX device_login_expires_idx ON public.device_login USING btree (expires);
CREATE UNIQUE INDEX device_login_user_code_key ON public.device_login USING btree (user_code);
CREATE INDEX identity_change_username_id_idx ON public.identity_change USING btree (username, id);
CREATE INDEX identity_refusal_last_idx ON public.identity_refusal USING btree (last);
CREATE UNIQUE INDEX local_group_gid_key ON public.local_group USING btree (gid);
CREATE INDEX local_group_member_group_name_idx ON public.local_group_member USING btree (group_name);
CREATE INDEX notice_at_idx ON public.notice USING btree (at);
CREATE INDEX notice_mail_at_idx ON public.notice USING btree (mail_at);
CREATE INDEX notice_username_id_idx ON public.notice USING btree (username, id);
CREATE INDEX oidc_client_secret_client_id_idx ON public.oidc_client_secret USING btree (client_id);
CREATE INDEX oidc_consent_client_id_idx ON public.oidc_consent USING btree (client_id);
CREATE INDEX oidc_session_expires_idx ON public.oidc_session USING btree (expires);
CREATE INDEX passkey_username_idx ON public.passkey USING btree (username);
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
CREATE INDEX token_makers_idx ON public.token USING gin (makers);
CREATE INDEX token_revocation_expires_idx ON public.token_revocation USING btree (expires);
CREATE INDEX token_use_day_idx ON public.token_use USING btree (day);
CREATE INDEX token_use_token_last_idx ON public.token_use USING btree (token, last);
CREATE UNIQUE INDEX token_username_name_key ON public.token USING btree (username, name);
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_group_name_fkey FOREIGN KEY (group_name) REFERENCES public.local_group(name) ON UPDATE CASCADE ON DELETE RESTRICT;
ALTER TABLE ONLY public.local_group_member
    ADD CONSTRAINT local_group_member_username_fkey FOREIGN KEY (username) REFERENCES public.account(username) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.oidc_client_secret
    ADD CONSTRAINT oidc_client_secret_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.oidc_client(client_id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.oidc_consent
    ADD CONSTRAINT oidc_consent_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.oidc_client(client_id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.passkey
    ADD CONSTRAINT passkey_username_fkey FOREIGN KEY (username) REFERENCES public.account(username) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.program_grant
    ADD CONSTRAINT program_grant_program_fkey FOREIGN KEY (program) REFERENCES public.program(id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.program_investigator
    ADD CONSTRAINT program_investigator_program_fkey FOREIGN KEY (program) REFERENCES public.program(id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE ONLY public.token_warning
    ADD CONSTRAINT token_warning_token_fkey FOREIGN KEY (token) REFERENCES public.token(key) ON UPDATE CASCADE ON DELETE CASCADE;
