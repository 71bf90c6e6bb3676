@echo off
rem SPDX-License-Identifier: Apache-2.0
rem
rem The Windows counterpart of mvnw, which does less: it runs the Maven pinned in
rem .mvn\wrapper\maven-wrapper.properties from the wrapper's cache, and downloads it
rem with PowerShell, checking its sha512, if it is not there. It neither looks for a
rem JDK (JAVA_HOME must be a JDK 25 or newer) nor asks an installed mvn. The tests do
rem not cover it.
setlocal
set "MAVEN_HOME="
set "M2_HOME="
for /f "usebackq eol=# tokens=1,* delims==" %%a in ("%~dp0.mvn\wrapper\maven-wrapper.properties") do (
  if "%%a"=="distributionUrl" set "MVNW_URL=%%b"
  if "%%a"=="distributionSha512Sum" set "MVNW_SHA512=%%b"
)
for %%f in ("%MVNW_URL%") do set "MVNW_NAME=%%~nf"
set "MVNW_NAME=%MVNW_NAME:-bin=%"
if not defined MAVEN_USER_HOME set "MAVEN_USER_HOME=%USERPROFILE%\.m2"
set "MVNW_DISTS=%MAVEN_USER_HOME%\wrapper\dists"
set "MVNW_MAVEN=%MVNW_DISTS%\%MVNW_NAME%\%MVNW_SHA512:~0,16%"

rem Unpacked beside its place and then moved there, so that nobody sees half of it.
if not exist "%MVNW_MAVEN%\bin\mvn.cmd" powershell -NoProfile -Command ^
  "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';" ^
  "[Net.ServicePointManager]::SecurityProtocol = 'Tls12';" ^
  "$work = Join-Path $env:MVNW_DISTS ('.mvnw.' + [guid]::NewGuid());" ^
  "try {" ^
  "  $null = New-Item -ItemType Directory -Force $work, (Split-Path $env:MVNW_MAVEN);" ^
  "  Invoke-WebRequest -UseBasicParsing $env:MVNW_URL -OutFile $work\maven.zip;" ^
  "  if ((Get-FileHash -Algorithm SHA512 $work\maven.zip).Hash -ne $env:MVNW_SHA512) { throw 'it does not have the pinned sha512' };" ^
  "  Expand-Archive $work\maven.zip $work;" ^
  "  try { [IO.Directory]::Move((Join-Path $work $env:MVNW_NAME), $env:MVNW_MAVEN) }" ^
  "  catch { if (-not (Test-Path $env:MVNW_MAVEN\bin\mvn.cmd)) { throw } };" ^
  "  [Console]::Error.WriteLine('mvnw: installed ' + $env:MVNW_NAME + ' from ' + $env:MVNW_URL)" ^
  "} catch {" ^
  "  [Console]::Error.WriteLine('mvnw: cannot install ' + $env:MVNW_NAME + ' from ' + $env:MVNW_URL + ': ' + $_); exit 1" ^
  "} finally { Remove-Item -Recurse -Force -ErrorAction SilentlyContinue $work }"
if not exist "%MVNW_MAVEN%\bin\mvn.cmd" exit /b 1

"%MVNW_MAVEN%\bin\mvn.cmd" %*
