import { type Copy, copy, type Kitchen, type Say, type Step, text } from './recipe.js'

/*
 * How a token gets to where a program reads it.
 *
 * Attack: shells keep command lines in a file, which backups copy; and every user of a machine sees the command lines of running
 * programs, in `ps`. So no recipe has the token in a command: users paste it where it is asked for, unseen.
 */

/** Reads the token into an environment variable. */
export function intoEnvironment(name: string, { token }: Kitchen): readonly Step[] {
  const read = `$env:${name} = [Net.NetworkCredential]::new('', (Read-Host -AsSecureString)).Password`
  const unix = `read -rs ${name} && export ${name}`
  return [
    text('recipes.secret.read'),
    { shells: { unix: [copy('command', unix)], powershell: [copy('command', read)] } },
    text('recipes.secret.paste'),
    copy('token', token),
  ]
}

/** Reads the token into a file that only its user can read. */
export function intoFile({ token }: Kitchen): readonly Step[] {
  return [
    text('recipes.secret.file', { file: '~/.access_token' }),
    copy('command', `(umask 077 && read -rs token && printf '%s\\n' "$token" > ~/.access_token)`),
    text('recipes.secret.paste'),
    copy('token', token),
  ]
}

/** The lines by which curl, wget, git and python-requests find a password. A `.netrc` names a host without its port. */
export function netrcLines(token: string, url: string): string {
  return `machine ${new URL(url).hostname}\nlogin x-oauth-basic\npassword ${token}`
}

/** Has users write the lines into a private `.netrc`. */
export function intoNetrc({ token }: Kitchen, url: string): readonly (Say | Copy)[] {
  return [
    text('recipes.secret.private', { file: '~/.netrc' }),
    copy('command', 'touch ~/.netrc && chmod 600 ~/.netrc'),
    text('recipes.secret.lines', { file: '~/.netrc' }),
    copy('lines', netrcLines(token, url)),
  ]
}
