-- The check of a request, for HAProxy 2.6 and later: its own HTTP client asks Postern, and no module is needed.
-- The addresses stand in haproxy.cfg.
local checks = os.getenv('POSTERN_CHECKS')
local site = os.getenv('SITE_SCHEME') .. '://' .. os.getenv('SITE_HOST') .. (os.getenv('SITE_PATH') or '')
local is_socket = checks:find('^unix@') ~= nil
local url = 'http://' .. (is_socket and '127.0.0.1' or checks) .. '/ingress/forward?'

-- Milliseconds. A Postern that hangs must not hold every request for long: HAProxy asks three times more, and after that the
-- answer is 503.
local TIMEOUT = 2000

local IDENTITY = {
  'x-auth-request-user', 'x-auth-request-email', 'x-auth-request-service', 'x-auth-request-token', 'x-auth-request-anonymous',
}
-- For the client: what is left of a quota, and when the token will end.
local QUOTA = {
  'x-ratelimit-limit', 'x-ratelimit-used', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'x-ratelimit-resource',
}
local EXPIRY = { 'x-token-expires', 'x-token-idle-expires' }
local REFUSAL = {
  'www-authenticate', 'retry-after', 'location', 'vary',
  'access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers',
}
-- The body stays here, and so does what is about the connection.
local NOT_ASKED = {
  ['host'] = true, ['connection'] = true, ['content-length'] = true, ['transfer-encoding'] = true, ['expect'] = true,
  ['te'] = true, ['trailer'] = true, ['keep-alive'] = true,
}

local function first(headers, name)
  local values = headers[name]
  local value = values and values[0]
  return value ~= '' and value or nil
end

local function copy(headers, names, into)
  for _, name in ipairs(names) do
    local value = first(headers, name)
    if value then into[name] = { value } end
  end
  return into
end

local function votable(sentence)
  return 'application/x-votable+xml', '<?xml version="1.0" encoding="utf-8"?>\n'
    .. '<VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
    .. '  <RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">' .. sentence .. '</INFO></RESOURCE>\n'
    .. '</VOTABLE>\n'
end

-- A user who is signed in and refused finds out there what the address needs: its page knows which one led to it.
local function explanation(status)
  if status ~= 401 and status ~= 403 then return '' end
  return '<p><a href="' .. site .. '/auth/explain">What this address needs, and which of your tokens it accepts</a></p>\n'
end

local function page(sentence, status)
  return 'text/html', '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    .. '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    .. '<title>No access</title>\n<h1>No access</h1>\n<p>' .. sentence .. '.</p>\n' .. explanation(status)
end

-- The sentences are fixed, and the one part taken from an answer can only hold a scope's characters, or a few plain words.
local function reason(status, challenge)
  if status == 429 then return 'You have sent too many requests. Wait a minute, then try again' end
  if status == 404 then return 'Nothing here answers this kind of request' end
  local flaw = challenge:match('error="invalid_token", error_description="Token is malformed: ([%w -]+)"')
  if flaw then
    return 'Your token is not valid: ' .. flaw .. '. Copy it again, or make a new one at ' .. site .. '/auth/tokens'
  end
  if challenge:find('error="invalid_token"', 1, true) then
    return 'Your token is not valid. It may be misspelt, expired or revoked. Make a new one at ' .. site .. '/auth/tokens'
  end
  if challenge:find('error="invalid_request"', 1, true) then
    return 'The Authorization header cannot be read. Send the token as the password of x-oauth-basic, or as a Bearer token'
  end
  if challenge:find('error="insufficient_scope"', 1, true) then
    local scopes = challenge:match(' scope="([%w:_. -]+)"')
    if not scopes then return 'Your token does not give access to this service' end
    if scopes:find(' ', 1, true) then return 'Your token lacks scopes that are needed here: ' .. scopes end
    return 'Your token lacks the scope ' .. scopes
  end
  if status == 403 then return 'This request is not allowed here' end
  return 'This service needs a token. Make one at ' .. site .. '/auth/tokens and send it as the password of user x-oauth-basic'
end

local function refuse(txn, status, form, sentence, headers)
  -- A refusal that is kept is shown again after the user has got the right token.
  headers['cache-control'] = { 'no-cache, no-store' }
  local kind, body = (form == 'votable' and votable or page)(sentence, status)
  headers['content-type'] = { kind }
  txn:done(txn:reply { status = status, headers = headers, body = status == 302 and '' or body })
end

-- Sets the identity that Postern sends. The service gets what is left after Postern took its own tokens and cookie out, mostly
-- nothing: a service that saw the token could act as the user everywhere.
local function admit(txn, headers)
  local http = txn.http
  for _, name in ipairs { 'authorization', 'cookie' } do
    http:req_del_header(name)
    local values = headers[name] or {}
    for n = 0, #values do
      if values[n] and values[n] ~= '' then http:req_add_header(name, values[n]) end
    end
  end
  for _, name in ipairs(IDENTITY) do
    local value = first(headers, name)
    if value then http:req_set_header(name, value) end
  end
  local user = first(headers, 'x-auth-request-user')
  if user then txn:set_var('txn.postern_user', user) end
  local told = copy(headers, QUOTA, copy(headers, EXPIRY, {}))
  -- Where authentication is optional, that there is more to be had.
  copy(headers, { 'www-authenticate' }, told)
  if user then told['x-vo-authenticated'] = { user } end
  txn:set_priv(told)
end

-- WebSockets pass, and nothing else that a connection may be turned into. Attack: with `Upgrade: h2c` a client gets a way of
-- its own to the service, past every check.
local function restrict_upgrade(txn, headers)
  local upgrade = first(headers, 'upgrade')
  local opens = upgrade and upgrade:lower() == 'websocket' and first(headers, 'sec-websocket-key')
  if not opens then
    txn.http:req_del_header('upgrade')
    txn.http:req_del_header('connection')
  end
end

local function check(txn, requirement, form)
  local asked = {}
  local headers = txn.http:req_get_headers()
  for name, values in pairs(headers) do
    if not NOT_ASKED[name] then
      asked[name] = {}
      for n = 0, #values do asked[name][n + 1] = values[n] end
    end
  end
  asked['host'] = { 'postern' }
  asked['x-forwarded-method'] = { txn.f:method() }
  asked['x-forwarded-uri'] = { txn.f:pathq() }
  local answer = core.httpclient():get {
    url = url .. requirement,
    dst = is_socket and checks or nil,
    headers = asked,
    timeout = TIMEOUT,
  }
  local status = answer and answer.status or 0
  if status == 200 then
    admit(txn, answer.headers)
    return restrict_upgrade(txn, headers)
  end
  local is_answer = status == 302 or status == 400 or status == 401 or status == 403 or status == 404 or status == 429
  if not is_answer then
    local sentence = 'Tokens cannot be checked at the moment, so nothing was let through. Your token may be fine; try again later'
    return refuse(txn, 503, form, sentence, { ['retry-after'] = { '10' } })
  end
  local kept = copy(answer.headers, REFUSAL, copy(answer.headers, QUOTA, {}))
  refuse(txn, status, form, reason(status, first(answer.headers, 'www-authenticate') or ''), kept)
end

-- There is no check, so the service gets no name and no credential: a client with a token sends it here, too.
local function pass_anonymously(txn)
  txn.http:req_del_header('authorization')
  txn.http:req_del_header('cookie')
  txn.http:req_set_header('x-auth-request-anonymous', 'true')
  restrict_upgrade(txn, txn.http:req_get_headers())
end

local function busy(txn)
  local form = txn.f:path():find('^/tap/') and 'votable' or 'page'
  local sentence = 'Too many requests came from your address. Wait a few seconds, then try again'
  refuse(txn, 429, form, sentence, { ['retry-after'] = { '5' } })
end

-- Whether a browser takes a line of Set-Cookie for one of Postern's. A cookie may have no name: browsers send `=name=value`
-- back as `name=value`.
local function is_posterns(line)
  local name = line:gsub('^[%s=]+', ''):match('^[^=;]*'):lower():gsub('%s+$', '')
  name = name:gsub('^__host%-', ''):gsub('^__secure%-', '')
  return name == 'postern' or name:sub(1, 8) == 'postern-'
end

-- What a service's answer may not do to the browser.
local function answer(txn)
  local http = txn.http
  -- The service's own challenge would ask the user for a password that does not exist, and only Postern may say who was
  -- authenticated. Attack: a service's script registers a worker for /, which then answers in the place of the sign-in page.
  for _, name in ipairs { 'www-authenticate', 'x-vo-authenticated', 'service-worker-allowed' } do http:res_del_header(name) end
  -- Attack: a service sets Postern's cookie, with a session of the attacker's in it, and the user works as the attacker.
  local lines = http:res_get_headers()['set-cookie']
  if lines then
    http:res_del_header('set-cookie')
    for n = 0, #lines do
      if lines[n] and not is_posterns(lines[n]) then http:res_add_header('set-cookie', lines[n]) end
    end
  end
  for name, values in pairs(txn:get_priv() or {}) do http:res_set_header(name, values[1]) end
end

core.register_action('postern_check', { 'http-req' }, check, 2)
core.register_action('postern_anonymous', { 'http-req' }, pass_anonymously, 0)
core.register_action('postern_busy', { 'http-req' }, busy, 0)
core.register_action('postern_answer', { 'http-res' }, answer, 0)
core.register_fetches('postern_has_archive', function() return core.backends['archive-pages'] ~= nil end)
