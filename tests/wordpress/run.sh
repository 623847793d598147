#!/usr/bin/env bash
# Serve Debian's WordPress on this machine, with one page that holds a snippet.
#
# usage: run.sh PORT SNIPPET_FILE FOLDER    prints the page's address, then serves until stopped
# needs, as root: apt-get install --no-install-recommends wordpress \
#   wordpress-theme-twentytwentyone php-cli php-mysql mariadb-server
set -eu
PORT=$1 SNIPPET=$(readlink -f "$2") FOLDER=$(readlink -f "$3")
cd "$FOLDER"
chmod 755 . && cp -rL /usr/share/wordpress wp
SOCKET=$FOLDER/m.sock
mkdir db && chown mysql db .
mariadb-install-db --no-defaults --user=mysql --datadir="$FOLDER/db" --skip-test-db \
  --auth-root-authentication-method=normal > db.log 2>&1
mariadbd --no-defaults --user=mysql --datadir="$FOLDER/db" --skip-networking \
  --socket="$SOCKET" >> db.log 2>&1 &
DATABASE=$!
trap 'kill "$DATABASE" ${SERVER:-} 2> /dev/null; wait' EXIT
for _ in $(seq 60); do
  mariadb -S "$SOCKET" -uroot -e "create database if not exists wp" 2> /dev/null && break
  sleep 1
done
cat > wp/wp-config.php << PHP
<?php
define('DB_NAME', 'wp'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:$SOCKET'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT',
  'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as \$k) define(\$k, 'for this test only ' . \$k);
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
\$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
PHP
cat > wp/seed.php << 'PHP'
<?php
define('WP_INSTALLING', true);
[, $site, $snippet] = $argv;
$_SERVER += ['HTTP_HOST' => parse_url($site, PHP_URL_HOST), 'SERVER_NAME' => 'localhost',
  'REQUEST_METHOD' => 'GET', 'REQUEST_URI' => '/'];
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Parents', 'admin', 'admin@forum.example', false, '', 'for this test only');
foreach (['siteurl' => $site, 'home' => $site, 'template' => 'twentytwentyone',
  'stylesheet' => 'twentytwentyone'] as $name => $value) update_option($name, $value);
// An administrator may write any markup; an author's is cut down to what is harmless.
$html = "<!-- wp:html -->" . file_get_contents($snippet) . "<!-- /wp:html -->";
wp_set_current_user(1);
kses_init();
$page = ['post_type' => 'page', 'post_status' => 'publish', 'post_content' => $html];
$asks = wp_insert_post($page + ['post_title' => 'Ask']);
$author = wp_insert_user(['user_login' => 'author', 'user_pass' => 'x', 'role' => 'author']);
wp_set_current_user($author);
kses_init();
$tries = wp_insert_post(['post_type' => 'post', 'post_author' => $author] + $page + ['post_title' => 'Try']);
echo "$site/?page_id=$asks $site/?p=$tries\n";
PHP
php -d display_errors=0 wp/seed.php "http://localhost:$PORT" "$SNIPPET" 2> seed.log | tail -1
php -S "localhost:$PORT" -t wp > php.log 2>&1 &
SERVER=$!
wait "$SERVER"
