#!/bin/sh
# Debian packages that the browser, camera-stream and spreadsheet tests drive. Does nothing where they are installed, and
# only tells where this user may not install: those tests then skip with a reason.
set -u
packages="chromium gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad libreoffice-calc-nogui"
missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian packages for the browser, stream and spreadsheet tests:$missing"
    apt-get update -qq >/dev/null 2>&1
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 && exit 0
    echo "could not install:$missing" >&2
fi
echo "the tests that need these packages will be skipped:$missing" >&2
exit 0
