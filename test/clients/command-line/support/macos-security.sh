#!/bin/sh
# Stands in for macOS' `security`, with the interface of its manual: a keychain item is a file below $KEYCHAIN. It records the
# arguments that every user of the machine could read.
echo "$*" >> "$KEYCHAIN/arguments"
case $1 in
  -i)
    read -r command option_u option_s service option_a account option_w password
    test "$command $option_u $option_s $option_a $option_w" = 'add-generic-password -U -s -a -w' || exit 2
    printf %s "$password" > "$KEYCHAIN/$service.$account" ;;
  find-generic-password | delete-generic-password)
    item=$KEYCHAIN/$3.$5
    if ! test -f "$item"; then
      echo 'security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.' >&2
      exit 44
    fi
    case $1,$6 in
      find*,-w) cat "$item" && echo ;;
      delete*,) rm "$item" ;;
      *) exit 2 ;;
    esac ;;
  *) exit 2 ;;
esac
