#!/bin/sh
# Installs the Debian packages that the project needs and that this machine lacks, and nothing else.
#
#   packages.sh demo      what `make demo` runs on
#   packages.sh test      … and what `make test` and `make soak` drive: browser, Redis, TURN, networks
#   packages.sh bench     … and what `make bench` compares with
#
# What is there already, from Debian or from elsewhere, is left as it is. No service is left running or enabled that
# was not there before: the tests start their own servers on their own ports.
set -eu

need() { # need PACKAGE CHECK...: the package, unless the check succeeds
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

chinese_font() { [ -n "$(find /usr/share/fonts /usr/local/share/fonts -iname '*CJK*' -print -quit 2>/dev/null)" ]; }

missing=""
need python3 command -v "${PYTHON:-python3}"
need python3-venv "${PYTHON:-python3}" -c 'import ensurepip'
need nodejs command -v node
need npm command -v npm
need fonts-noto-cjk chinese_font
need libpango-1.0-0 sh -c '/sbin/ldconfig -p | grep -q libpango-1.0.so.0'
need libpangoft2-1.0-0 sh -c '/sbin/ldconfig -p | grep -q libpangoft2-1.0.so.0'
need libharfbuzz-subset0 sh -c '/sbin/ldconfig -p | grep -q libharfbuzz-subset.so.0'
need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
case "${1:-test}" in test | bench)
    need chromium command -v chromium
    need poppler-utils command -v pdfsig
    need redis-server command -v redis-server
    need coturn command -v turnserver
    need git command -v git
    need iproute2 command -v ip
    need openssl command -v openssl
    ;;
esac
case "${1:-test}" in bench) need janus command -v janus ;; esac

[ -n "$missing" ] || exit 0
echo "Installing from Debian:$missing"

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Run as root, or install sudo, or install by hand:$missing" >&2; exit 1; }
    as_root=sudo
fi

# Debian starts a service as soon as its package is there. Status 101 of this hook forbids it.
hook=/usr/sbin/policy-rc.d
if [ ! -e $hook ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $hook >/dev/null
    $as_root chmod 755 $hook
    trap '$as_root rm -f $hook' EXIT
fi

apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }
apt update
# shellcheck disable=SC2086  # one word is one package
apt install -y --no-install-recommends $missing

# Not started now, and not at the next boot either.
if command -v systemctl >/dev/null; then
    for service in redis-server coturn janus; do
        case " $missing " in *" $service "*) $as_root systemctl disable "$service" 2>/dev/null || true ;; esac
    done
fi
