-- What the database must hold before anything connects. Runs at every start, so each line is repeatable and complete.
CREATE DATABASE IF NOT EXISTS hello CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'app'@'%' IDENTIFIED BY 'app';
GRANT ALL PRIVILEGES ON *.* TO 'app'@'%' WITH GRANT OPTION;
