<#
.SYNOPSIS
    Has ollama-proxy run in the background, now and after every restart.
.DESCRIPTION
    For an administrator who has NSSM it becomes a Windows service, for everyone else a task that starts when they log on.
    Both use ollama-proxy.yaml in your user profile. Running it again is how to update.
.PARAMETER Uninstall
    Takes the service or the task away again. ollama-proxy.yaml stays.
.EXAMPLE
    powershell -ExecutionPolicy Bypass -File .\install.ps1
.EXAMPLE
    .\install.ps1 -WhatIf
    Shows every step and takes none.
#>
#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess)]
param(
    [switch] $Uninstall
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Beside this script in what was downloaded, in dist where it was built.
$places = @((Join-Path $PSScriptRoot 'ollama-proxy.exe'), (Join-Path $PSScriptRoot 'dist/ollama-proxy.exe'))
$program = $places | Where-Object { Test-Path -LiteralPath $_ } | Select-Object -First 1
if (-not $program) {
    throw 'Cannot find ollama-proxy.exe: put it into the same folder as install.ps1'
}
# Windows asks before it starts what a browser has downloaded; a service cannot answer.
Unblock-File -LiteralPath $program

$action = 'install'
if ($Uninstall) {
    $action = 'uninstall'
}
$words = @('service', $action)
if (-not $PSCmdlet.ShouldProcess($program, $action)) {
    $words += '--dry-run'
}
& $program $words
if ($LASTEXITCODE -ne 0) {
    throw "Cannot $action ollama-proxy: the last line above tells why (exit code $LASTEXITCODE)"
}
