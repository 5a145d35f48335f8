import type { Call, Command } from '../arguments.js'
import { EXIT, Failure } from '../failure.js'

const BASH = `_postern() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "login logout whoami token env netrc exec explain completion" -- "$word"))
    return
  fi
  case $before in --site | --name | --scope | --expires | --network | --service | --overlap) return ;; esac
  case $command in
    token)
      case $COMP_CWORD,\${COMP_WORDS[2]} in
        2,*) words='new list revoke rotate' ;;
        *,new) words='--scope --expires --network --service' ;;
        *,rotate) words='--overlap --renew' ;;
      esac ;;
    login) words='--name --scope --keyring' ;;
    netrc) words='--write' ;;
    completion) words='bash zsh' ;;
    exec)
      case " \${COMP_WORDS[*]:2:COMP_CWORD-2} " in
        *' -- ') COMPREPLY=($(compgen -c -- "$word")); return ;;
        *' -- '*) compopt -o default 2>/dev/null; return ;;
      esac
      words=-- ;;
  esac
  COMPREPLY=($(compgen -W "$words --json --site" -- "$word"))
}
complete -F _postern postern-cli postern.py postern
`

const ZSH = `#compdef postern-cli postern.py postern
_postern() {
  local state line curcontext=$curcontext
  local -a common=('--json[print JSON]' '--site=[the site]:site:')
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=(
        'login:sign in with a code that a browser confirms'
        'logout:revoke the token of the sign-in and remove it'
        'whoami:who is signed in, and what the token may do'
        'token:create, list, revoke and rotate tokens'
        'env:print lines for the environment of a shell'
        'netrc:print the line for .netrc'
        'exec:run a program with the token in its environment'
        'explain:what an address needs, and which tokens pass it'
        'completion:print the completion for a shell')
      _describe command commands ;;
    argument)
      case $words[1] in
        login) _arguments $common '*--scope=[a scope]:scope:' '--name=[the name of the token]:name:' \\
          '--keyring[store the token in the keyring]' '1:site:' ;;
        token) _postern_token ;;
        netrc) _arguments $common '--write[write it there]' ;;
        exec)
          local -i before=$words[(i)--]
          if (( before < CURRENT )); then
            shift before words
            (( CURRENT -= before ))
            _normal
          else
            _arguments $common
          fi ;;
        explain) _arguments $common '1:address:' ;;
        completion) _arguments '1:shell:(bash zsh)' ;;
        *) _arguments $common ;;
      esac ;;
  esac
}
_postern_token() {
  local state line curcontext=$curcontext
  _arguments -C '1:action:(new list revoke rotate)' '*::argument:->argument'
  [[ $state == argument ]] || return
  case $words[1] in
    new) _arguments $common '*--scope=[a scope]:scope:' '--expires=[the end]:end:' \\
      '*--network=[a network that it is bound to]:network:' '*--service=[a service that it is bound to]:service:' '1:name:' ;;
    rotate) _arguments $common '--overlap=[how long the old one stays valid]:duration:' '--renew[last as long as the old one was made for]' '1:token:' ;;
    *) _arguments $common '1:token:' ;;
  esac
}
if [[ $funcstack[1] == _postern ]]; then _postern "$@"; else compdef _postern postern-cli postern.py postern; fi
`

/** The scripts are those of `postern.py`: each completes both programs. */
const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH }

export const completion: Command = {
  help: 'print the completion for a shell: bash or zsh',
  needs: ['SHELL'],
  options: {},
  run,
}

function run({ words }: Call): void {
  const [shell = ''] = words
  const script = SCRIPTS[shell]
  if (script === undefined) throw new Failure(EXIT.usage, `There is no completion for ${shell}: say bash or zsh`)
  process.stdout.write(script)
}
