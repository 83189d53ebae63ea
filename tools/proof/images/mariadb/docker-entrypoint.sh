#!/bin/sh
set -e
root=${MYSQL_ROOT_PASSWORD:-${MARIADB_ROOT_PASSWORD:-}}
name=${MYSQL_DATABASE:-${MARIADB_DATABASE:-}}
user=${MYSQL_USER:-${MARIADB_USER:-}}
password=${MYSQL_PASSWORD:-${MARIADB_PASSWORD:-}}
where='*.*'
if [ -n "$name" ]; then where="\`$name\`.*"; fi
mkdir -p /run/mysqld /var/lib/mysql && chown mysql /run/mysqld /var/lib/mysql
mariadb-install-db --user=mysql --datadir=/var/lib/mysql >/dev/null
{
    echo "CREATE USER IF NOT EXISTS root@'%' IDENTIFIED BY '$root'; GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    echo "ALTER USER root@localhost IDENTIFIED BY '$root';"
    if [ -n "$name" ]; then echo "CREATE DATABASE IF NOT EXISTS \`$name\`;"; fi
    if [ -n "$user" ]; then
        echo "CREATE USER IF NOT EXISTS '$user'@'%' IDENTIFIED BY '$password';"
        echo "GRANT ALL ON $where TO '$user'@'%';"
    fi
} >/tmp/init.sql
chmod 644 /tmp/init.sql
exec mariadbd --user=mysql --datadir=/var/lib/mysql --bind-address=0.0.0.0 --init-file=/tmp/init.sql
